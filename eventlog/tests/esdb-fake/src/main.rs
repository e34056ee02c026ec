//! The fake as a process: `fieldlog-esdb-fake [ADDRESS]`, 127.0.0.1:2113 unless said otherwise. What it holds is gone with it.

use fieldlog_esdb_fake::Fake;

fn main() {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:2113".to_owned());
    let fake = Fake::at(address.parse().expect("expected an address as 127.0.0.1:2113"));
    println!("{}", fake.url());
    loop {
        std::thread::park();
    }
}
