# SPDX-License-Identifier: AGPL-3.0-or-later
"""Facts and tasks written with the change and delivered after it, at least once; knows nothing of what they mean."""
