# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from archipel.host import locked


class IdentityConfig(AppConfig):
    name = "archipel.identity"
    label = "identity"

    def ready(self) -> None:
        locked.register("identity.SigningKey", "locked_private")
        locked.register("identity.SecretToHand", "locked_secret")
        # Every process that merges must know what every app moves.
        autodiscover_modules("merging")
        locked.register_inside("mfa.Authenticator", "data", "secret", "seed")
