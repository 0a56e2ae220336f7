# SPDX-License-Identifier: AGPL-3.0-or-later
"""Docker Swarm as the container engine, by the Docker SDK for Python: stacks, machines, commands and files inside; not what runs in them."""
