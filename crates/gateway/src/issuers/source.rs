//! Where an issuer's keys come from, and how they are got.
//!
//! The address is the settings', never a token's. Redirects are not followed and no proxy is asked: the
//! answer is from whom the settings name, or there is none.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Certificate, Client, Url, redirect};

use super::failure::{FetchFailure, IssuerFailure, Trouble};
use super::key_url;
use crate::config::IssuerSettings;
use crate::secret::check_mode;

/// The most bytes of a list of keys.
const MOST_BYTES: usize = 262_144;

/// From the name look-up to the last byte.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where keys come from.
#[derive(Debug)]
pub(super) enum Source {
    /// A server that lists them.
    Url { client: Client, url: Url, bearer: Option<PathBuf> },
    /// A file that lists them.
    File(PathBuf),
}

impl Source {
    /// The place that the settings name, made ready but not asked yet.
    pub(super) fn of(settings: &IssuerSettings) -> Result<Self, IssuerFailure> {
        let fail = |trouble| IssuerFailure { issuer: settings.name.clone(), trouble };
        if let Some(file) = &settings.jwks_file {
            return Ok(Self::File(file.clone()));
        }
        let url = key_url::read(settings.jwks_url.as_deref().unwrap_or_default());
        let url = url.map_err(|why| fail(Trouble::Url(why)))?;
        let client = client(&url, settings.ca_file.as_deref()).map_err(fail)?;
        if let Some(file) = &settings.bearer_file {
            check_mode(file).map_err(|why| fail(Trouble::BearerFile(why)))?;
        }
        Ok(Self::Url { client, url, bearer: settings.bearer_file.clone() })
    }

    /// How long until it is looked at again: a server is somebody else's.
    pub(super) fn interval(&self) -> Duration {
        match self {
            Self::Url { .. } => Duration::from_mins(5),
            Self::File(_) => Duration::from_secs(10),
        }
    }

    /// What is listed there now.
    pub(super) async fn fetch(&self) -> Result<Vec<u8>, FetchFailure> {
        match self {
            Self::Url { client, url, bearer } => get(client, url, bearer.as_deref()).await,
            Self::File(file) => read(file).await,
        }
    }
}

fn client(url: &Url, ca_file: Option<&Path>) -> Result<Client, Trouble> {
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .retry(reqwest::retry::never())
        .https_only(!key_url::is_loopback(url))
        .timeout(PATIENCE)
        .user_agent("kustodian");
    if let Some(path) = ca_file {
        let unusable = |why: String| Trouble::CaFile { path: path.to_owned(), why };
        let pem = std::fs::read(path).map_err(|why| unusable(why.to_string()))?;
        let authorities =
            Certificate::from_pem_bundle(&pem).map_err(|why| unusable(why.to_string()))?;
        if authorities.is_empty() {
            return Err(unusable("there is no certificate in it".to_owned()));
        }
        builder = builder.tls_certs_only(authorities);
    }
    builder.build().map_err(Trouble::Client)
}

async fn get(client: &Client, url: &Url, bearer: Option<&Path>) -> Result<Vec<u8>, FetchFailure> {
    let mut request = client.get(url.clone()).header(ACCEPT, "application/json");
    if let Some(path) = bearer {
        request = request.header(AUTHORIZATION, credential(path).await?);
    }
    let mut answer = request.send().await.map_err(FetchFailure::Http)?;
    if answer.status() != reqwest::StatusCode::OK {
        return Err(FetchFailure::Status(answer.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(FetchFailure::Http)? {
        if body.len() + piece.len() > MOST_BYTES {
            return Err(FetchFailure::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Read each time, because what stands there is renewed (Kubernetes does so by the hour).
async fn credential(path: &Path) -> Result<HeaderValue, FetchFailure> {
    check_mode(path).map_err(FetchFailure::BearerFile)?;
    let text = tokio::fs::read_to_string(path).await;
    let text = text.map_err(|why| FetchFailure::File { path: path.to_owned(), why })?;
    let header = HeaderValue::try_from(format!("Bearer {}", text.trim()));
    let mut header = header.map_err(|_| FetchFailure::Bearer(path.to_owned()))?;
    header.set_sensitive(true);
    Ok(header)
}

async fn read(path: &Path) -> Result<Vec<u8>, FetchFailure> {
    let path = path.to_owned();
    match tokio::task::spawn_blocking(move || read_file(&path)).await {
        Ok(read) => read,
        // It can only have panicked, and has said so.
        Err(_) => Err(FetchFailure::NotRead),
    }
}

/// Reads a list of keys from a file: a plain one, and no more of it than a list of keys has. What has no
/// end, or waits for a writer, is not even opened.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, FetchFailure> {
    let unreadable = |why| FetchFailure::File { path: path.to_owned(), why };
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(FetchFailure::NoFile(path.to_owned()));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MOST_BYTES { Err(FetchFailure::TooLong) } else { Ok(bytes) }
}
