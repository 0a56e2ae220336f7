# SPDX-License-Identifier: AGPL-3.0-or-later
"""Back-ups by the program restic, in a folder, on S3 or by SFTP; not when they are taken, nor how long they stay."""
