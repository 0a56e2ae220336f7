# SPDX-License-Identifier: AGPL-3.0-or-later
"""Static websites on a store of objects (a folder or S3): publishing, versions, holds, serving; not who may do it."""
