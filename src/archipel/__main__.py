# SPDX-License-Identifier: AGPL-3.0-or-later
from archipel.config.command import main

if __name__ == "__main__":
    main()
