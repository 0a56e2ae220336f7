<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// The end of a restoration: addresses inside, what must not come along, files, and the doors open again.

/** Replace the former host name in addresses only, not in the words around nor in mail addresses or longer names. */
function archipel_moved( string $text, string $from, string $to ): string {
	$pattern = '~(//|\\\\/\\\\/|%2F%2F)' . preg_quote( $from, '~' ) . '(?![A-Za-z0-9-]|\.[A-Za-z0-9]|:\d)~i';
	return preg_replace_callback( $pattern, static fn( array $found ): string => $found[1] . $to, $text ) ?? $text;
}

/** The same in a value that PHP serialised, whose strings say how long they are; no object is ever brought to life. */
function archipel_moved_value( string $value, string $from, string $to ): string {
	if ( ! is_serialized( $value ) ) {
		return archipel_moved( $value, $from, $to );
	}
	$told  = '';
	$place = 0;
	$end   = strlen( $value );
	while ( $place < $end ) {
		if ( preg_match( '/\G(s|O|C|E):(\d+):"/A', $value, $found, 0, $place ) ) {
			$start = $place + strlen( $found[0] );
			$inner = substr( $value, $start, (int) $found[2] );
			if ( '"' !== ( $value[ $start + (int) $found[2] ] ?? '' ) ) {
				return $value;  // not what it seemed: left as it is
			}
			$new   = 's' === $found[1] ? archipel_moved_value( $inner, $from, $to ) : $inner;
			$told .= $found[1] . ':' . strlen( $new ) . ':"' . $new . '"';
			$place = $start + (int) $found[2] + 1;
			continue;
		}
		$told .= $value[ $place++ ];
	}
	return $told;
}

/** Rewrite every text of every table of WordPress; returns how many values changed. */
function archipel_move_all( string $from, string $to ): int {
	global $wpdb;
	$changed = 0;
	$columns = $wpdb->get_results(
		"SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = DATABASE()
		AND data_type IN ('char','varchar','tinytext','text','mediumtext','longtext') ORDER BY 1, 2"
	);
	foreach ( $columns as $column ) {
		$keys = $wpdb->get_col( $wpdb->prepare( "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %s AND column_key = 'PRI'", $column->t ) );
		if ( 1 !== count( $keys ) || $keys[0] === $column->c ) {
			continue;
		}
		list( $table, $name, $key ) = array( "`$column->t`", "`$column->c`", "`$keys[0]`" );
		$found = $wpdb->get_col( $wpdb->prepare( "SELECT $key FROM $table WHERE $name LIKE %s", '%' . $wpdb->esc_like( $from ) . '%' ) );
		foreach ( $found as $id ) {
			$before = (string) $wpdb->get_var( $wpdb->prepare( "SELECT $name FROM $table WHERE $key = %s", $id ) );
			$after  = archipel_moved_value( $before, $from, $to );
			if ( $after !== $before ) {
				$wpdb->query( $wpdb->prepare( "UPDATE $table SET $name = %s WHERE $key = %s", $after, $id ) );
				$changed++;
			}
		}
	}
	return $changed;
}

function archipel_do_end_restore( array $given ): array {
	global $wpdb;
	// Read before anything is thrown away: said again after an interruption, there may be nothing aside any more.
	if ( ! is_blog_installed() ) {
		archipel_no( 'damaged', 'the database that was put back is no WordPress' );
	}
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	$from    = strtolower( (string) ( $given['address'] ?? '' ) );
	$to      = (string) wp_parse_url( WP_HOME, PHP_URL_HOST );
	$changed = '' !== $from && $from !== $to ? archipel_move_all( $from, $to ) : 0;
	// Sessions and passwords of another place open nothing here, nor plugins this image does not have.
	$wpdb->query( "DELETE FROM $wpdb->usermeta WHERE meta_key IN ('session_tokens', '_application_passwords')" );
	$wpdb->query( "DELETE FROM $wpdb->options WHERE option_name LIKE '\\_transient\\_%' OR option_name LIKE '\\_site\\_transient\\_%' OR option_name LIKE 'archipel\\_once\\_%'" );
	foreach ( $wpdb->get_col( "SELECT ID FROM $wpdb->users" ) as $id ) {
		$wpdb->update( $wpdb->users, array( 'user_pass' => wp_hash_password( wp_generate_password( 64 ) ), 'user_activation_key' => '' ), array( 'ID' => $id ) );
	}
	wp_cache_flush();
	update_option( 'active_plugins', array() );
	archipel_usual_roles();
	update_option( 'siteurl', WP_SITEURL );
	update_option( 'home', WP_HOME );
	if ( (int) get_option( 'db_version' ) !== $GLOBALS['wp_db_version'] ) {
		wp_upgrade();
	}
	if ( ! wp_get_theme()->exists() ) {
		switch_theme( WP_DEFAULT_THEME );
	}
	flush_rewrite_rules( false );
	archipel_take_files();
	archipel_keep( 'restoring', null );
	return array( 'changed' => $changed );
}

/** What each role may is WordPress's own, whatever the database that came in says. */
function archipel_usual_roles(): void {
	global $wpdb;
	delete_option( $wpdb->prefix . 'user_roles' );
	$GLOBALS['wp_user_roles'] = null;
	$GLOBALS['wp_roles']      = new WP_Roles();
	populate_roles();
}

/** Put the files that came in aside in the place of those that are shown. */
function archipel_take_files(): void {
	$incoming = '/var/lib/archipel/incoming';
	if ( ! is_dir( $incoming ) ) {
		return;
	}
	$shown = '/var/lib/archipel/uploads';
	$gone  = '/var/lib/archipel/gone';
	exec( 'rm -rf ' . escapeshellarg( $gone ) );
	if ( ( is_dir( $shown ) && ! rename( $shown, $gone ) ) || ! rename( $incoming, $shown ) ) {
		archipel_no( 'no_room', 'the files could not be put in their place' );
	}
	exec( 'rm -rf ' . escapeshellarg( $gone ) );
}
