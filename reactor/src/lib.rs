//! wakeful-reactor.
