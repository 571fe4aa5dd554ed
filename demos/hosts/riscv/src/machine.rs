//! What the executor's host needs of QEMU's `virt`: a clock with an alarm, an interrupt, a serial
//! port, and a way out. On another chip only the addresses differ.

use core::fmt;
use core::ptr;

use riscv::interrupt::Interrupt;
use riscv_rt::core_interrupt;

/// The core-local interruptor: software interrupt, alarm, time (10 MHz).
const MSIP: usize = 0x0200_0000;
const MTIMECMP: usize = 0x0200_4000;
const MTIME: usize = 0x0200_bff8;
const UART: usize = 0x1000_0000;
const TEST: usize = 0x0010_0000;

/// Ticks of [`now`] in a millisecond.
pub const MS: u64 = 10_000;

fn read(address: usize) -> u32 {
    // SAFETY: a read of memory must be of a register; all addresses here are of this file's.
    unsafe { ptr::with_exposed_provenance::<u32>(address).read_volatile() }
}

fn write(address: usize, value: u32) {
    // SAFETY: as for `read`. None of these registers has the machine write to memory.
    unsafe { ptr::with_exposed_provenance_mut::<u32>(address).write_volatile(value) }
}

/// The machine's time. Its halves are read until the upper one has not changed in between.
pub fn now() -> u64 {
    loop {
        let (high, low, again) = (read(MTIME + 4), read(MTIME), read(MTIME + 4));
        if high == again {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

/// Asks for an interrupt at `tick`, in place of the one asked for before.
pub fn set_alarm(tick: u64) {
    write(MTIMECMP, u32::MAX); // so that the halves are at no moment an early deadline
    write(MTIMECMP + 4, (tick >> 32) as u32);
    write(MTIMECMP, tick as u32);
}

/// The alarm has nothing to do but to end the sleep: the loop fires the timers.
#[core_interrupt(Interrupt::MachineTimer)]
fn alarm() {
    set_alarm(u64::MAX);
}

/// Raises the software interrupt, which stands for a device's.
pub fn press_button() {
    write(MSIP, 1);
}

#[core_interrupt(Interrupt::MachineSoft)]
fn button() {
    write(MSIP, 0);
    crate::on_button();
}

/// Lets the two interrupts come.
pub fn start() {
    set_alarm(u64::MAX);
    // SAFETY: an interrupt must not break a critical section; none has begun.
    unsafe {
        riscv::register::mie::set_mtimer();
        riscv::register::mie::set_msoft();
        riscv::interrupt::enable();
    }
}

pub struct Serial;

impl fmt::Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // SAFETY: the serial port's register, which takes one byte.
            unsafe { ptr::with_exposed_provenance_mut::<u8>(UART).write_volatile(byte) }
        }
        Ok(())
    }
}

/// Ends QEMU.
pub fn exit(success: bool) -> ! {
    write(TEST, if success { 0x5555 } else { 0x0001_3333 });
    loop {
        riscv::asm::wfi();
    }
}
