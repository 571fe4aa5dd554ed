//! The pieces of the `wakeful` binary.
