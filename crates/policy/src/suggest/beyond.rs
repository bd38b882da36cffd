//! What entries would permit beside what was used.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalogue::{Catalogue, Demand, Klass, Operation, OperationId};

use super::grants::Grants;
use super::{FACTS, Use};
use crate::decide::cover;
use crate::matrix::least_demands;

/// The operations that would be permitted and that nobody asked for.
pub(super) fn of(grants: &Grants, catalogue: &Catalogue, uses: &[Use]) -> Vec<Arc<Operation>> {
    let Some(policy) = grants.policy(catalogue) else { return Vec::new() };
    let used: BTreeSet<&OperationId> = uses.iter().map(|used| used.operation.id()).collect();
    let klasses: BTreeSet<Klass> = grants.klasses.keys().map(|(_, klass)| klass.clone()).collect();
    let is_open = |operation: &Arc<Operation>| {
        variants(operation, &klasses)
            .iter()
            .any(|demands| cover(&policy, operation, demands, &FACTS).is_ok())
    };
    let unused = catalogue.operations().filter(|operation| !used.contains(operation.id()));
    unused.filter(|operation| is_open(operation)).cloned().collect()
}

/// The least that an operation demands: where it is about objects of a klass, for each klass that is
/// granted, and for one that is not.
fn variants(operation: &Operation, klasses: &BTreeSet<Klass>) -> Vec<Vec<Demand>> {
    let least = least_demands(operation);
    if !operation.names_a_klass() {
        return vec![least];
    }
    let of = |klass: &Klass| {
        let mut demands = least.clone();
        if let Some(own) = demands.first_mut() {
            own.klass = Some(klass.clone());
        }
        demands
    };
    klasses.iter().map(of).chain([least.clone()]).collect()
}
