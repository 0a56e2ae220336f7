<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything comes from the environment and from secret files: nothing is written when a space is opened.

function archipel_environment( string $name, string $otherwise = '' ): string {
	$value = getenv( $name );
	return is_string( $value ) && '' !== $value ? $value : $otherwise;
}

/** The content of a secret, '' when the space has none of that name. */
function archipel_secret( string $name ): string {
	$file = '/run/secrets/' . $name;
	return is_readable( $file ) ? trim( (string) file_get_contents( $file ) ) : '';
}

/** A key of its own for each purpose, out of the one secret of the space. */
function archipel_key( string $purpose ): string {
	$salt = archipel_secret( 'salt' );
	if ( strlen( $salt ) < 32 ) {
		header( 'HTTP/1.1 503 Service Unavailable' );
		fwrite( fopen( 'php://stderr', 'w' ), "archipel: the secret 'salt' is missing or shorter than 32 signs\n" );
		exit( 78 );
	}
	return hash_hmac( 'sha512', $purpose, $salt );
}

define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'wordpress' );
define( 'DB_PASSWORD', archipel_secret( 'database_password' ) );
define( 'DB_HOST', archipel_environment( 'DATABASE_HOST', 'db' ) );
define( 'DB_CHARSET', 'utf8mb4' );
$table_prefix = 'wp_';

foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $purpose ) {
	define( $purpose . '_KEY', archipel_key( $purpose . '_KEY' ) );
	define( $purpose . '_SALT', archipel_key( $purpose . '_SALT' ) );
}

define( 'ARCHIPEL_STATE', '/var/lib/archipel/state' );
define( 'WP_HOME', archipel_environment( 'SCHEME', 'https' ) . '://' . archipel_environment( 'ADDRESS', 'localhost' ) );
define( 'WP_SITEURL', WP_HOME );
define( 'WP_CONTENT_DIR', '/usr/share/wordpress/wp-content' );
define( 'WP_ENVIRONMENT_TYPE', archipel_environment( 'ENVIRONMENT', 'production' ) );
define( 'WP_ALLOW_MULTISITE', false );
define( 'FORCE_SSL_ADMIN', 'https' === archipel_environment( 'SCHEME', 'https' ) );

define( 'DISALLOW_FILE_EDIT', true );
define( 'DISALLOW_FILE_MODS', true );
define( 'WP_AUTO_UPDATE_CORE', false );
define( 'DISABLE_WP_CRON', true );
// Nothing goes out but to where people sign in.
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', (string) parse_url( archipel_environment( 'ISSUER' ), PHP_URL_HOST ) );
define( 'WP_DEBUG', false );
define( 'WP_POST_REVISIONS', 20 );
define( 'EMPTY_TRASH_DAYS', 30 );

// Only Archipel's proxy reaches this container; it says how the visitor came.
if ( 'https' === ( $_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '' ) ) {
	$_SERVER['HTTPS'] = 'on';
}
