//! What must hold for every input, tried with as many as there is time for: inputs that are kept
//! (`fuzz/corpus/`), changed here and there at random.
//!
//! A second each, as a rule; `./test --long` gives each a minute, and a million requests to the two that
//! hold the gateway against another reader: the sandbox, and a careless server. An input that fails is
//! made as small as possible, shown, and its seed is kept in `fuzz/corpus/*.found`, to be tried first
//! from then on: commit it, and add the input to the corpus.

mod bodies;
mod demands;
mod differential;
mod effort;
mod headers;
mod mutation;
mod oracle;
mod paths;
mod policies;
mod records;
mod tokens;
