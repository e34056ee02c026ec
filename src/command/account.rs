//! `fieldlog account`: accounts from the server's own machine, whether a server runs or not.

use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use fieldlog_commands::account::{
    ChangePassword, CreateAccount, Password, change_password, create_account, find_person,
};
use fieldlog_commands::plan::{SetSubscription, set_subscription};
use fieldlog_commands::{App, CommandError, Viewer};
use fieldlog_domain::account::SubscriptionStatus;

use crate::parts;
use crate::settings::Settings;

/// How long reading the log may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// What can be done with accounts.
#[derive(Subcommand)]
pub enum AccountCommand {
    /// Creates a person's account
    Create(CreateArgs),
    /// Gives a person another password and ends all their sessions, for example where no mail is sent
    SetPassword(SetPasswordArgs),
    /// Puts a person or an organization on a plan
    Plan(PlanArgs),
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

/// Who, and on which plan.
#[derive(Args)]
pub struct PlanArgs {
    /// Public name, in any case
    name: String,
    /// A plan of the settings, or fieldlog for the one that is there without settings
    code: String,
    /// How the subscription stands, for example active_paid or inactive_cancelled
    #[arg(long, default_value = "active_paid", value_parser = SubscriptionStatus::parse)]
    status: SubscriptionStatus,
    /// When it ends, for example 2027-01-01T00:00:00Z [default: never]
    #[arg(long)]
    until: Option<DateTime<Utc>>,
}

/// Runs it.
pub async fn run(settings: &Settings, command: AccountCommand) -> Result<ExitCode> {
    match command {
        AccountCommand::Create(args) => create(settings, args).await,
        AccountCommand::SetPassword(args) => set_password(settings, args).await,
        AccountCommand::Plan(args) => plan(settings, args).await,
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

async fn plan(settings: &Settings, args: PlanArgs) -> Result<ExitCode> {
    // The server's own read model belongs to the server; this one lives as long as the command.
    let models = tempfile::tempdir().context("cannot make a temporary folder")?;
    let app = parts::app(settings, models.path()).await?;
    let done = put_on_plan(&app, &args).await;
    app.model().shutdown().await;
    done?;
    let until = args.until.map_or_else(|| "never ends".to_owned(), |until| format!("ends at {until}"));
    println!("{} is on the plan {}, {}, {until}", args.name, args.code, args.status.as_ref());
    Ok(ExitCode::SUCCESS)
}

async fn put_on_plan(app: &App, args: &PlanArgs) -> Result<()> {
    let head = app.log().head().await?;
    app.model().wait_until(head, PATIENCE).await?;
    let account = app.view().account_by_name(&args.name)?;
    let account = account.with_context(|| format!("there is no account {:?}", args.name))?.id;
    let (plan, status, until) = (args.code.clone(), args.status, args.until);
    let input = SetSubscription { command_id: None, account, plan, status, until };
    set_subscription(app, &Viewer::operator(), input).await?;
    Ok(())
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
