<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Installs WordPress, or brings its database to the version of this image. Run at every start; does nothing the second time.

require '/etc/wordpress/config-archipel.php';

/** The database may start after us, or be moving: two minutes of patience, then the engine starts us again. */
function archipel_wait(): mysqli {
	mysqli_report( MYSQLI_REPORT_OFF );
	for ( $until = time() + 120; time() < $until; usleep( 250000 ) ) {
		$link = mysqli_init();
		$link->options( MYSQLI_OPT_CONNECT_TIMEOUT, 3 );
		if ( @$link->real_connect( DB_HOST, DB_USER, DB_PASSWORD, DB_NAME ) ) {
			return $link;
		}
	}
	fwrite( STDERR, 'archipel: the database does not answer: ' . mysqli_connect_error() . "\n" );
	exit( 75 );
}

$archipel_link = archipel_wait();
// Two containers of one space, during an upgrade or a move, must not both install.
$archipel_link->query( "SELECT GET_LOCK('archipel-install', 120)" );
$archipel_found = $archipel_link->query( "SHOW TABLES LIKE 'wp_options'" );
$archipel_new   = ! $archipel_found || 0 === $archipel_found->num_rows;

define( 'WP_INSTALLING', true );
require __DIR__ . '/load.php';
function wp_new_blog_notification(): void {}
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

// A place that was half made when something stopped has tables and no address: it is installed over.
if ( ! is_blog_installed() ) {
	require __DIR__ . '/first_time.php';
	archipel_install();
	echo "archipel: installed\n";
} elseif ( (int) get_option( 'db_version' ) > $GLOBALS['wp_db_version'] ) {
	fwrite( STDERR, "archipel: the database is of a later WordPress than this image: restore a back-up of before\n" );
	exit( 78 );
} elseif ( (int) get_option( 'db_version' ) !== $GLOBALS['wp_db_version'] ) {
	wp_upgrade();
	echo "archipel: database upgraded\n";
}
$archipel_quota = getenv( 'QUOTA' );
if ( ! file_exists( ARCHIPEL_STATE . '/quota.json' ) ) {
	$archipel_first = is_string( $archipel_quota ) && ctype_digit( $archipel_quota ) ? (int) $archipel_quota : null;
	file_put_contents( ARCHIPEL_STATE . '/quota.json', json_encode( array( 'bytes' => $archipel_first ) ) );
}
