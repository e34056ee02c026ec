//! `fieldlog account`: accounts from the server's own machine, whether a server runs or not.

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use fieldlog_commands::account::{
    ChangePassword, CreateAccount, Password, change_password, create_account, find_person,
};
use fieldlog_commands::{App, CommandError, Viewer};

use crate::parts;
use crate::settings::Settings;

/// What can be done with accounts.
#[derive(Subcommand)]
pub enum AccountCommand {
    /// Creates a person's account
    Create(CreateArgs),
    /// Gives a person another password and ends all their sessions, for example where no mail is sent
    SetPassword(SetPasswordArgs),
}

/// Who it shall be.
#[derive(Args)]
pub struct CreateArgs {
    /// Public name: letters, digits, _ and -, at least three characters
    name: String,
    /// Mail address
    #[arg(long)]
    email: String,
    /// Read the password from standard input; a line end at its end does not count
    #[arg(long, required = true)]
    password_stdin: bool,
    /// First name
    #[arg(long, default_value = "")]
    first_name: String,
    /// Last name
    #[arg(long, default_value = "")]
    last_name: String,
    /// The person administers the server
    #[arg(long)]
    admin: bool,
}

/// Whose password, and which.
#[derive(Args)]
pub struct SetPasswordArgs {
    /// Public name in any case, or mail address
    login: String,
    /// Read the password from standard input; a line end at its end does not count
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// Runs it.
pub async fn run(settings: &Settings, command: AccountCommand) -> Result<ExitCode> {
    match command {
        AccountCommand::Create(args) => create(settings, args).await,
        AccountCommand::SetPassword(args) => set_password(settings, args).await,
    }
}

async fn create(settings: &Settings, args: CreateArgs) -> Result<ExitCode> {
    let input = CreateAccount {
        command_id: None,
        password: password_from_stdin()?,
        name: args.name.clone(),
        email: args.email,
        first_name: args.first_name,
        last_name: args.last_name,
        is_admin: args.admin,
    };
    // The server's own read model belongs to the server; this one lives as long as the command.
    let models = tempfile::tempdir().context("cannot make a temporary folder")?;
    let app = parts::app(settings, models.path()).await?;
    let done = create_account(&app, &Viewer::operator(), input).await;
    app.model().shutdown().await;
    match done {
        Ok(done) => {
            println!("created {} {}", args.name, done.value);
            Ok(ExitCode::SUCCESS)
        }
        Err(CommandError::Refused(refusal)) => bail!("{refusal}"),
        Err(other) => bail!("{other}"),
    }
}

async fn set_password(settings: &Settings, args: SetPasswordArgs) -> Result<ExitCode> {
    let new = password_from_stdin()?;
    parts::existing_log(settings).await?;
    let models = tempfile::tempdir().context("cannot make a temporary folder")?;
    let app = parts::app(settings, models.path()).await?;
    let done = replace_password(&app, &args.login, new).await;
    app.model().shutdown().await;
    done?;
    println!("the password of {} is set, and all sessions have ended", args.login);
    Ok(ExitCode::SUCCESS)
}

async fn replace_password(app: &App, login: &str, new: Password) -> Result<()> {
    let account = find_person(app, login)?.with_context(|| format!("there is no account {login}"))?;
    let change = ChangePassword { command_id: None, account: account.id, current: None, new };
    match change_password(app, &Viewer::operator(), change).await {
        Ok(_) => Ok(()),
        Err(CommandError::Refused(refusal)) => bail!("{refusal}"),
        Err(other) => bail!("{other}"),
    }
}

fn password_from_stdin() -> Result<Password> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text).context("cannot read the password from standard input")?;
    let typed = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if typed.is_empty() {
        bail!("expected a password on standard input, found nothing");
    }
    Ok(Password::new(typed))
}
