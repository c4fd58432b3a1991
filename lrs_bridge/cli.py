"""lrs-bridge: one command line. Exit 0: done; 1: input refused, every problem listed; 2: wrong usage."""

from __future__ import annotations

import sys

import click

from lrs_bridge import __version__
from lrs_bridge.commands import (
    absences,
    access,
    backup,
    competencies,
    courses,
    demo,
    doctor,
    evidence,
    exemptions,
    explain,
    feed,
    figures,
    forward,
    identities,
    organisation,
    people,
    pull,
    requirements,
    retention,
    server,
    statements,
    webhooks,
)
from lrs_bridge.commands.output import print_refusal
from lrs_bridge.errors import LrsBridgeError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="lrs-bridge")
def cli() -> None:
    """The SCORM/xAPI plugin layer and Learning Record Store beside your LMS.

    Settings come from the environment (LRS_BRIDGE_…); docs/configuration.md lists them.
    """


for command in (
    server.serve,
    demo.demo,
    server.init_db,
    doctor.doctor,
    backup.backup,
    backup.restore,
    access.credentials,
    access.readers,
    courses.packages,
    people.roster,
    identities.identities,
    absences.absences,
    exemptions.exemptions,
    evidence.evidence,
    organisation.organisation,
    requirements.requirements,
    competencies.competencies,
    statements.statements,
    feed.feed,
    explain.explain,
    figures.figures,
    forward.forward,
    pull.pull,
    webhooks.webhooks,
    retention.retention,
):
    cli.add_command(command)


def main() -> None:
    """The edge: an error of ours becomes words on stderr and exit code 1."""
    try:
        cli(prog_name="lrs-bridge")
    except LrsBridgeError as error:
        print_refusal(error)
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
        sys.exit(0)
