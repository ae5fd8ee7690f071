"""`mailtracer user`: who may use the dashboard, and as what."""

import argparse
import getpass
import json
import sys
from dataclasses import replace

from tracer import users
from tracer.cli import settings
from tracer.errors import TracerError
from tracer.oidc import OidcSettings
from tracer.users import ROLES, User


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "action",
        choices=("list", "add", "role", "password", "remove"),
        metavar="ACTION",
        help="list the users; add one; change a user's role or password; remove one, which ends "
        "all the user's sessions",
    )
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="whom; all actions but list need it"
    )
    meanings = "; ".join(f"{role}: {meaning}" for role, meaning in ROLES.items())
    parser.add_argument(
        "--role",
        choices=tuple(ROLES),
        help=f"what the user may do, beside what those before may: {meanings}",
    )
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input (default: ask for it)",
    )
    parser.add_argument("--json", action="store_true", help="list one JSON object a line")
    settings.add_dashboard(parser)


def run(args: argparse.Namespace) -> int:
    """Change the file, or list it: 1 where it is empty."""
    path = users.users_path(args.db)
    known = users.load(path)
    if args.action == "list":
        return _list(known, args.oidc, as_json=args.json)
    if args.name is None:
        raise TracerError(f"name the user: mailtracer user {args.action} NAME")
    name = users.checked_name(args.name)
    if args.action in ("add", "role") and args.role is None:
        raise TracerError(f"say what {name} may do: --role {'|'.join(ROLES)}")
    if args.action == "add":
        if name in known:
            raise TracerError(
                f"there is a user {name} already: change it with `mailtracer user password {name}` "
                f"or `mailtracer user role {name} --role ROLE`"
            )
        known[name] = User(name, args.role, users.hashed(_password(args)))
    elif name not in known:
        raise TracerError(f"there is no user {name}: `mailtracer user list` names them")
    elif args.action == "password":
        known[name] = replace(known[name], password_hash=users.hashed(_password(args)))
    elif args.action == "role":
        known[name] = replace(known[name], role=args.role)
    else:
        del known[name]
    users.save(path, known)
    print(f"mailtracer: {path}: {_count(len(known))}", file=sys.stderr)
    return 0


def _count(count: int) -> str:
    return "1 user" if count == 1 else f"{count} users"


def _list(known: dict[str, User], oidc: OidcSettings | None, *, as_json: bool) -> int:
    width = max(map(len, known), default=0)
    for name in sorted(known):
        role = known[name].role
        print(json.dumps({"name": name, "role": role}) if as_json else f"{name:{width}}  {role}")
    if not known:
        how = (
            f"people log in with {oidc.provider}" if oidc else "the dashboard asks for no password"
        )
        print(f"mailtracer: no users: {how}", file=sys.stderr)
    return 0 if known else 1


def _password(args: argparse.Namespace) -> str:
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise TracerError("there is no terminal to ask for the password: use --password-stdin")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise TracerError("the two are not alike: nothing was changed")
    return password
