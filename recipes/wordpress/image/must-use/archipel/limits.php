<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Room and pauses, as the host wrote them beside the files of the space: a restored database does not bring its own.

defined( 'ABSPATH' ) || exit;

/** What the host wrote under this name, empty when nothing. */
function archipel_state( string $name ): array {
	$file = ARCHIPEL_STATE . '/' . $name . '.json';
	$read = is_readable( $file ) ? json_decode( (string) file_get_contents( $file ), true ) : null;
	return is_array( $read ) ? $read : array();
}

/** Bytes of files and of the database, and how many files there are. */
function archipel_used(): array {
	global $wpdb;
	$bytes = 0;
	$files = 0;
	$walk  = new RecursiveDirectoryIterator( '/var/lib/archipel/uploads', FilesystemIterator::SKIP_DOTS );
	foreach ( new RecursiveIteratorIterator( $walk ) as $file ) {
		if ( $file->isFile() && ! $file->isLink() ) {
			$bytes += $file->getSize();
			$files++;
		}
	}
	$tables = $wpdb->get_var( 'SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE()' );
	return array( 'bytes' => $bytes + (int) $tables, 'files' => $files );
}

/** How many bytes may still come, null for no limit. */
function archipel_room(): ?int {
	$quota = archipel_state( 'quota' )['bytes'] ?? null;
	return null === $quota ? null : max( 0, (int) $quota - archipel_used()['bytes'] );
}

function archipel_full(): string {
	$quota = (int) archipel_state( 'quota' )['bytes'];
	$used  = archipel_used()['bytes'];
	return sprintf( archipel_word( 'full' ), size_format( $used, 1 ) ?: '0', size_format( $quota, 1 ) ?: '0' );
}

function archipel_paused( string $effect ): bool {
	return ( archipel_state( 'hold' )['effect'] ?? '' ) === $effect;
}

/** Refuse a file that would not fit, however it comes. */
function archipel_fits( array $file ): array {
	$room = archipel_room();
	if ( archipel_paused( 'read_only' ) ) {
		$file['error'] = archipel_word( 'read_only_short' );
	} elseif ( null !== $room && (int) ( $file['size'] ?? @filesize( $file['tmp_name'] ?? '' ) ) > $room ) {
		$file['error'] = archipel_full();
	}
	return $file;
}
add_filter( 'wp_handle_upload_prefilter', 'archipel_fits' );
add_filter( 'wp_handle_sideload_prefilter', 'archipel_fits' );
add_filter(
	'wp_upload_bits',
	static function ( $upload ) {
		$seen = archipel_fits( array( 'size' => strlen( (string) ( $upload['bits'] ?? '' ) ) ) );
		return $seen['error'] ?? $upload;
	}
);
add_filter( 'upload_size_limit', static fn( $limit ) => null === archipel_room() ? $limit : min( (int) $limit, max( 1, archipel_room() ) ) );

/** The sentence of a read-only pause, with whom to write to. */
function archipel_read_only_words(): string {
	$hold = archipel_state( 'hold' );
	return sprintf( archipel_word( 'read_only' ), $hold['host_name'] ?? '', $hold['contact'] ?? '' );
}

if ( archipel_paused( 'read_only' ) && 'cli' !== PHP_SAPI ) {
	// Every change asks for a right: none but reading is left.
	$archipel_reading = array( 'read' => true, 'read_private_posts' => true, 'read_private_pages' => true, 'exist' => true );
	add_filter( 'user_has_cap', static fn( array $all ): array => array_intersect_key( $all, $archipel_reading ), PHP_INT_MAX );
	add_filter( 'comments_open', '__return_false', PHP_INT_MAX );
	add_filter( 'pings_open', '__return_false', PHP_INT_MAX );
	add_action(
		'pre_comment_on_post',
		static fn() => archipel_page( 403, archipel_word( 'read_only_short' ), archipel_read_only_words(), array( home_url( '/' ) => archipel_word( 'home' ) ) )
	);
	add_filter(
		'rest_pre_dispatch',
		static function ( $result, $server, WP_REST_Request $request ) {
			$reads = in_array( $request->get_method(), array( 'GET', 'HEAD', 'OPTIONS' ), true );
			$no    = new WP_Error( 'archipel_read_only', archipel_read_only_words(), array( 'status' => 403 ) );
			return $reads ? $result : rest_convert_error_to_response( $no );
		},
		10,
		3
	);
	add_action( 'admin_notices', static fn() => print( '<div class="notice notice-warning"><p>' . esc_html( archipel_read_only_words() ) . '</p></div>' ) );
	add_action(
		'admin_init',
		static function (): void {
			// Screens and small requests that change something without asking for a right of their own (one's profile).
			if ( 'POST' === ( $_SERVER['REQUEST_METHOD'] ?? '' ) ) {
				archipel_page( 403, archipel_word( 'read_only_short' ), archipel_read_only_words(), array( admin_url() => archipel_word( 'home' ) ) );
			}
		},
		0
	);
}

if ( 'cli' !== PHP_SAPI ) {
	$archipel_hold = archipel_state( 'hold' );
	if ( archipel_state( 'restoring' ) ) {
		archipel_page( 503, archipel_word( 'restoring_title' ), archipel_word( 'restoring' ) );
	}
	// Somebody who is signed out at the issuer meanwhile is not signed in when the pause ends.
	$archipel_told = str_starts_with( (string) ( $_SERVER['REQUEST_URI'] ?? '' ), '/archipel/signed-out' );
	if ( archipel_paused( 'suspended' ) && ! $archipel_told ) {
		$archipel_words = 'own_wish' === ( $archipel_hold['cause'] ?? '' ) ? 'suspended_own' : 'suspended';
		$archipel_lang  = (string) ( $archipel_hold['language'] ?? '' );
		$archipel_text  = sprintf( archipel_word( $archipel_words, $archipel_lang ), $archipel_hold['host_name'] ?? '', $archipel_hold['contact'] ?? '' );
		archipel_page( 503, archipel_word( 'suspended_title', $archipel_lang ), $archipel_text, array(), $archipel_lang );
	}
}
