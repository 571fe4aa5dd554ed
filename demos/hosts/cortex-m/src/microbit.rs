//! What the micro:bit's chip has, by its HAL: a task that owns a source of random numbers and a pin.

use cortex_m_semihosting::hprintln;
use embassy_time::Timer;
use embedded_hal::digital::{OutputPin, StatefulOutputPin};
use nrf51_hal::Rng;
use nrf51_hal::gpio::{Level, p0};
use nrf51_hal::pac::Peripherals;

pub async fn dice(chip: Peripherals) {
    let mut random = Rng::new(chip.RNG);
    let mut light = p0::Parts::new(chip.GPIO).p0_04.into_push_pull_output(Level::Low);
    for _ in 0..3 {
        Timer::after_millis(45).await;
        let Ok(()) = light.set_high();
        let die = random.random_u8() % 6 + 1;
        hprintln!("the light is on: {:?}, the die shows {}", light.is_set_high(), die);
        let Ok(()) = light.set_low();
    }
}
