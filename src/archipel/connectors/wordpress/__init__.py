# SPDX-License-Identifier: AGPL-3.0-or-later
"""WordPress in containers, one for each space; which image runs on which machine is the recipe's and the engine's business."""
