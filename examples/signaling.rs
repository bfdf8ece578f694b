fn main() {
    use pushpull::signaling::*;
    let p = Parameters {
        loss: 0.02,
        delay: 0.03,
        update_every: 20.0,
        lifetime: 600.0,
        refresh: 5.0,
        expiry: 15.0,
        retransmit: 0.12,
    };
    for q in Protocol::ALL {
        for (n, f) in [
            ("lockstep", lockstep as fn(Protocol, &Parameters) -> Prediction),
            ("exp", exponential),
            ("const", constant),
        ] {
            let t = std::time::Instant::now();
            println!("{:7} {n:9} {:?} {:?}", q.name(), f(q, &p), t.elapsed());
        }
    }
}
