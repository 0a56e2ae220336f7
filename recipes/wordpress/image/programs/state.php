<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// What is decided about the website and kept beside its files.

function archipel_do_quota( array $given ): array {
	$bytes = $given['bytes'] ?? null;
	if ( null !== $bytes && ( ! is_int( $bytes ) || $bytes < 0 ) ) {
		archipel_no( 'bad_input', 'a quota is a number of bytes, or nothing' );
	}
	archipel_keep( 'quota', array( 'bytes' => $bytes ) );
	return array();
}

function archipel_do_hold( array $given ): array {
	if ( ! in_array( $given['effect'] ?? '', array( 'read_only', 'suspended' ), true ) ) {
		archipel_no( 'bad_input', 'no such effect of a hold' );
	}
	archipel_keep( 'hold', $given );
	return array();
}

function archipel_do_release(): array {
	archipel_keep( 'hold', null );
	return array();
}

/** Make room for what comes back: visitors are told so, the database is emptied, files come in aside. */
function archipel_do_begin_restore( array $given ): array {
	require '/usr/share/wordpress/wp-includes/version.php';
	if ( ! is_int( $given['db_version'] ?? null ) ) {
		archipel_no( 'bad_input', 'the folder does not say which database it holds' );
	}
	if ( $given['db_version'] > $wp_db_version ) {
		archipel_no( 'bad_input', 'it comes from a later WordPress than this one: upgrade this space first' );
	}
	archipel_keep( 'restoring', array( 'since' => time() ) );
	$incoming = '/var/lib/archipel/incoming';
	if ( is_dir( $incoming ) ) {
		exec( 'rm -rf ' . escapeshellarg( $incoming ) );
	}
	mkdir( $incoming, 0755 );
	mysqli_report( MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT );
	$link = new mysqli( DB_HOST, DB_USER, DB_PASSWORD, DB_NAME );
	$link->query( 'SET FOREIGN_KEY_CHECKS = 0' );
	foreach ( $link->query( 'SHOW TABLES' )->fetch_all() as $row ) {
		$link->query( 'DROP TABLE IF EXISTS `' . str_replace( '`', '``', $row[0] ) . '`' );
	}
	return array();
}

/** What holds whatever happens to the database. */
function archipel_do_limits(): array {
	$read = static fn( string $name ): array => (array) json_decode( (string) @file_get_contents( ARCHIPEL_STATE . '/' . $name . '.json' ), true );
	return array( 'quota' => $read( 'quota' )['bytes'] ?? null, 'effect' => $read( 'hold' )['effect'] ?? '' );
}
