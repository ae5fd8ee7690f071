"""The table of lines that were not understood, by what they look like."""

import pandas as pd

from dashboards import data, tables
from tracer.queries.overview import Facts


def drafts_table(facts: Facts) -> None:
    """Draw it."""
    tables.draw(
        pd.DataFrame(
            [(d.count, d.daemon, d.template, d.example.text) for d in data.drafts(facts)],
            columns=["Lines", "Program", "What they look like", "An example"],
        ),
        hide_index=True,
        alt="Lines that were not understood, by what they look like",
    )
