"""Accounts: who may sign in to the admin."""

from __future__ import annotations

import secrets

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from cms import current
from cms.accounts import administration, links, passkeys, second_step, sessions, users
from cms.accounts.models import User
from cms.accounts.policy import Role
from cms.extensions import db
from cms.messages import InvalidInput

_roles = click.Choice([role.value for role in Role])
_role = click.option(
    "--role", type=_roles, default=Role.ADMIN.value, show_default=True, help="What the account may do."
)
_may_be_random = click.option("--random-password", is_flag=True, help="Create a password and print it.")


@click.command("create-admin")
@click.option("--email", prompt=True, help="The address to sign in with.")
@click.option("--password", help="You are asked for it if you leave it out.")
@_may_be_random
@_role
@with_appcontext
def create_admin(email: str, password: str | None, random_password: bool, role: str) -> None:
    """Create an account that may sign in to the admin."""
    made = password or (_random_password() if random_password else _ask_password())
    try:
        user = users.create(db.session(), email, made, Role(role))
    except InvalidInput as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo(f"{user.email} can now sign in." + (f" Password: {made}" if random_password else ""))


@click.command("set-password")
@click.argument("email")
@_may_be_random
@with_appcontext
def set_password(email: str, random_password: bool) -> None:
    """Change the password of the account EMAIL, and end its sessions, links and passkeys; you are asked for it."""
    user = _account(email)
    made = _random_password() if random_password else _ask_password()
    try:
        users.set_password(user, made)
    except InvalidInput as error:
        raise click.ClickException(str(error)) from error
    sessions.end_all(db.session(), user.id)
    links.forget(db.session(), user.id)
    passkeys.remove_all(db.session(), user.id)
    db.session.commit()
    click.echo("The password has been changed." + (f" Password: {made}" if random_password else ""))


@click.command("set-role")
@click.argument("email")
@click.argument("role", type=_roles)
@with_appcontext
def set_role(email: str, role: str) -> None:
    """Give the account EMAIL another role."""
    try:
        administration.change_role(db.session(), _account(email), Role(role))
    except InvalidInput as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo("The role has been changed.")


@click.command("turn-off-second-step")
@click.argument("email")
@with_appcontext
def turn_off_second_step(email: str) -> None:
    """Let the account EMAIL sign in with its password alone, when the phone and the recovery codes are lost."""
    second_step.turn_off(db.session(), _account(email))
    db.session.commit()
    click.echo("The password is enough again.")


@click.command("first-admin")
@with_appcontext
def first_admin() -> None:
    """Create the first account if there is none, from CMS_ADMIN_EMAIL and CMS_ADMIN_PASSWORD, and print it once."""
    if db.session.scalar(select(User).limit(1)):
        return
    settings = current.settings()
    password = settings.admin_password or _random_password()
    try:
        users.create(db.session(), settings.admin_email, password)
    except InvalidInput as error:
        raise click.ClickException(f"CMS_ADMIN_EMAIL, CMS_ADMIN_PASSWORD: {error}") from error
    db.session.commit()
    shown = "the one in CMS_ADMIN_PASSWORD" if settings.admin_password else password
    click.echo(f"\nThe first admin:\n  e-mail:   {settings.admin_email}\n  password: {shown}\n")


def _random_password() -> str:
    return secrets.token_urlsafe(12)


def _ask_password() -> str:
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


def _account(email: str) -> User:
    user = users.find(db.session(), email)
    if user is None:
        raise click.ClickException(f"There is no account for {email}.")
    return user
