//! `kustodian sandbox`: the stand-in for Kustomer, by itself.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use gateway::clock::{Clock as _, SystemClock};
use sandbox::{Sandbox, Seeded};
use tokio::net::TcpListener;

use crate::failure::{Answer, Failure, Verdict};
use crate::output::{FAINT, STRONG, painted};
use crate::signals::Signals;

/// Run a stand-in for Kustomer, to try policies on and to develop agents against.
///
/// It answers as Kustomer does, from memory, and starts with the same invented customers,
/// conversations and orders each time. What is created there is gone when it stops. It prints its
/// address and an API key for it; give both to a gateway, or use them directly.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian sandbox
  kustodian sandbox --listen 127.0.0.1:9000
  kustodian sandbox --role org.user.customer.read --role org.user.message.write
                                       a key that may do less: see what Kustomer itself refuses")]
pub(crate) struct Args {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// A role of the printed key, as Kustomer names it; may be given several times [default: all]
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// Listen where other machines can connect, although anybody can make a key for the sandbox
    #[arg(long)]
    open_to_network: bool,
}

/// Serves the sandbox until a signal.
pub(crate) async fn run(args: &Args, out: &mut dyn Write) -> Answer {
    if !args.listen.ip().is_loopback() && !args.open_to_network {
        return Err(Failure::OpenSandbox(args.listen));
    }
    let sandbox = Sandbox::new(sandbox::Settings::default(), clock());
    let listener = bind(args.listen).await?;
    let address = listener.local_addr().map_err(Failure::Sandbox)?;
    let mut signals = Signals::listen()?;
    introduce(out, address, &key(&sandbox, &args.roles), sandbox.seeded())?;
    out.flush()?;
    let stop = async move { signals.next().await };
    sandbox.serve(listener, stop).await.map_err(Failure::Sandbox)?;
    Ok(Verdict::Yes)
}

/// The machine's clock, as the sandbox takes it.
pub(crate) fn clock() -> sandbox::Clock {
    Arc::new(|| SystemClock.now())
}

/// Listens somewhere, or says that it cannot.
pub(crate) async fn bind(at: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(at).await.map_err(|why| Failure::Listen { at, why })
}

fn key(sandbox: &Sandbox, roles: &[String]) -> String {
    if roles.is_empty() {
        return sandbox.admin_key();
    }
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    sandbox.key("sandbox", &roles)
}

fn introduce(
    out: &mut dyn Write,
    address: SocketAddr,
    key: &str,
    seeded: &Seeded,
) -> io::Result<()> {
    writeln!(out, "{}", painted(STRONG, "The sandbox stands in for Kustomer."))?;
    writeln!(out, "base URL  http://{address}")?;
    writeln!(out, "API key   {key}")?;
    writeln!(
        out,
        "\nIn a gateway's settings: kustomer.base_url, and the key in kustomer.api_key_file."
    )?;
    writeln!(out, "\n{}", painted(STRONG, "Some of what is in it"))?;
    for customer in seeded.customers.iter().take(3) {
        writeln!(out, "customer      {}  {}, {}", customer.id, customer.name, customer.email)?;
    }
    for (kind, ids) in [
        ("conversation", &seeded.conversations),
        ("message", &seeded.messages),
        ("note", &seeded.notes),
        ("user", &seeded.users),
        ("team", &seeded.teams),
    ] {
        if let Some(id) = ids.first() {
            writeln!(out, "{kind:<12}  {id}")?;
        }
    }
    for object in seeded.objects.iter().take(1) {
        writeln!(out, "{:<12}  {}  {}", object.klass, object.id, object.external_id)?;
    }
    if let Some(customer) = seeded.customers.first() {
        let line = format!(
            "curl -H 'Authorization: Bearer {key}' http://{address}/v1/customers/{}",
            customer.id
        );
        writeln!(out, "\n{line}")?;
    }
    writeln!(out, "\n{}", painted(FAINT, "Ctrl-C stops it, and forgets everything."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(listen: &str) -> Args {
        Args { listen: listen.parse().unwrap(), roles: Vec::new(), open_to_network: false }
    }

    #[tokio::test]
    async fn an_address_that_other_machines_reach_is_refused() {
        for address in ["0.0.0.0:0", "[::]:0", "10.1.2.3:0"] {
            let answer = run(&args(address), &mut Vec::new()).await;
            assert!(matches!(answer, Err(Failure::OpenSandbox(_))), "{address}");
        }
    }

    #[test]
    fn what_is_printed_tells_the_address_from_the_key() {
        let sandbox = Sandbox::new(sandbox::Settings::default(), clock());
        let mut out = Vec::new();
        introduce(&mut out, "127.0.0.1:8090".parse().unwrap(), "a-key", sandbox.seeded()).unwrap();
        let text = anstream::adapter::strip_str(str::from_utf8(&out).unwrap()).to_string();
        assert!(text.contains("base URL  http://127.0.0.1:8090\nAPI key   a-key\n"), "{text}");
        assert!(text.contains(&sandbox.seeded().customers[0].id), "{text}");
    }
}
