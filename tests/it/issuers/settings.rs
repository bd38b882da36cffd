//! Mistakes in `[[issuers]]`, as `kustodian check` shows them.
