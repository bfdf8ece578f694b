//! Who acts in a run: clients, strangers, the API, the bus and the gateways; and the faults that disturb them.

pub(crate) mod api;
pub(crate) mod bus;
pub(crate) mod client;
pub(crate) mod fault;
pub(crate) mod gateway;
pub(crate) mod stranger;
