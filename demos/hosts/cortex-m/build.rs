//! Says where the linker finds `memory.x`, and which board it is: the only one here without
//! compare-and-swap is the micro:bit.

fn main() {
    println!("cargo::rustc-link-search={}", env!("CARGO_MANIFEST_DIR"));
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rerun-if-changed=memory.x");
    println!("cargo::rustc-check-cfg=cfg(microbit)");
    if std::env::var("TARGET").is_ok_and(|target| target == "thumbv6m-none-eabi") {
        println!("cargo::rustc-cfg=microbit");
    }
}
