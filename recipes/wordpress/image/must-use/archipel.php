<?php
/**
 * Plugin Name: Archipel
 * Description: Sign-in with the account of the host, room and pauses as the host decides, mail by the host's server.
 * License: AGPL-3.0-or-later
 *
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/archipel/words.php';
require_once __DIR__ . '/archipel/pages.php';
require_once __DIR__ . '/archipel/limits.php';
require_once __DIR__ . '/archipel/tokens.php';
require_once __DIR__ . '/archipel/issuer.php';
require_once __DIR__ . '/archipel/accounts.php';
require_once __DIR__ . '/archipel/signing_in.php';
require_once __DIR__ . '/archipel/signing_out.php';
require_once __DIR__ . '/archipel/closed_doors.php';
require_once __DIR__ . '/archipel/mail.php';
require_once __DIR__ . '/archipel/discretion.php';
