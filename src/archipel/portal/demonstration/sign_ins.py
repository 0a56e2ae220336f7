# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who can sign in to the demonstration; no Django here, the tour reads it from outside."""

PASSPHRASE = "quatre bateaux bleus au port"  # noqa: S105 - printed by ./run, for a host that exists nowhere
SIGN_INS = [
    ("maelle@lescale.example", "the desk: reviews, supports, writes"),
    ("yann@lescale.example", "the desk: system administrator"),
    ("jeanne@cyclomaree.example", "referent of Cyclo-Marée"),
]
