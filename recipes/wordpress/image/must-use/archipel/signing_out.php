<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing out: here and at the issuer (RP-Initiated Logout 1.0), and when the issuer says so (Back-Channel Logout 1.0).

defined( 'ABSPATH' ) || exit;

const ARCHIPEL_LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** End this session, then lead to the issuer so that it ends its own, and stop. */
function archipel_leave(): void {
	check_admin_referer( 'log-out' );
	$session = WP_Session_Tokens::get_instance( get_current_user_id() )->get( wp_get_session_token() ) ?: array();
	wp_logout();
	nocache_headers();
	try {
		$address = (string) ( Archipel_Issuer::about()['end_session_endpoint'] ?? '' );
	} catch ( Archipel_Silent | Archipel_Invalid $problem ) {
		$address = '';  // signed out here all the same
	}
	$asked = array(
		'client_id'                => Archipel_Issuer::client_id(),
		'post_logout_redirect_uri' => home_url( '/' ),
		'id_token_hint'            => (string) ( $session['archipel_id_token'] ?? '' ),
	);
	$query = http_build_query( array_filter( $asked ), '', '&', PHP_QUERY_RFC3986 );
	wp_redirect( $address ? $address . ( str_contains( $address, '?' ) ? '&' : '?' ) . $query : home_url( '/' ) );
	exit;
}

/** Take a logout token: 204 when it was right and its sessions are gone, 400 when it is not. */
function archipel_told_of_logout(): void {
	nocache_headers();
	try {
		if ( 'POST' !== ( $_SERVER['REQUEST_METHOD'] ?? '' ) ) {
			throw new Archipel_Invalid( 'method' );
		}
		$claims = archipel_logout_claims( is_string( $_POST['logout_token'] ?? null ) ? wp_unslash( $_POST['logout_token'] ) : '' );
	} catch ( Archipel_Invalid $problem ) {
		error_log( 'archipel: logout token refused: ' . $problem->getMessage() );
		wp_send_json( array( 'error' => 'invalid_request', 'error_description' => $problem->getMessage() ), 400 );
	} catch ( Archipel_Silent $problem ) {
		wp_send_json( array( 'error' => 'temporarily_unavailable' ), 503 );
	}
	archipel_end_sessions( $claims['sub'] ?? '', $claims['sid'] ?? '' );
	status_header( 204 );
	exit;
}

/** Check a logout token (Back-Channel Logout 1.0, 2.6). */
function archipel_logout_claims( string $token ): array {
	$claims = Archipel_Tokens::verified( $token, array( 'Archipel_Issuer', 'key' ) );
	Archipel_Tokens::check( $claims, Archipel_Issuer::id(), Archipel_Issuer::client_id(), time() );
	$event = is_array( $claims['events'] ?? null ) ? ( $claims['events'][ ARCHIPEL_LOGOUT_EVENT ] ?? null ) : null;
	// `{}` and `[]` are the same once read: nothing but an empty object makes sense here.
	if ( ! is_array( $event ) ) {
		throw new Archipel_Invalid( 'events' );
	}
	if ( array_key_exists( 'nonce', $claims ) ) {
		throw new Archipel_Invalid( 'nonce' );  // an ID token must not pass for a logout token
	}
	foreach ( array( 'sub', 'sid' ) as $name ) {
		if ( isset( $claims[ $name ] ) && ( ! is_string( $claims[ $name ] ) || '' === $claims[ $name ] ) ) {
			throw new Archipel_Invalid( $name );
		}
	}
	if ( ! isset( $claims['sub'] ) && ! isset( $claims['sid'] ) ) {
		throw new Archipel_Invalid( 'neither sub nor sid' );
	}
	if ( ! is_string( $claims['jti'] ?? null ) || '' === $claims['jti'] ) {
		throw new Archipel_Invalid( 'jti' );
	}
	$left = (int) $claims['exp'] + Archipel_Tokens::SKEW - time();
	if ( $left > DAY_IN_SECONDS || ! archipel_first_time( 'logout ' . $claims['jti'], $left + 1 ) ) {
		throw new Archipel_Invalid( 'jti' );
	}
	return $claims;
}

/** End the sessions called `$sid` (of one person when `$subject` is told), or all of a person when no `$sid` is. */
function archipel_end_sessions( string $subject, string $sid ): void {
	if ( '' !== $subject ) {
		$users = array_filter( array( archipel_account( $subject ) ) );
	} else {
		$users = get_users( array( 'meta_key' => 'session_tokens', 'meta_value' => '"' . $sid . '"', 'meta_compare' => 'LIKE' ) );
	}
	foreach ( $users as $user ) {
		if ( '' === $sid ) {
			WP_Session_Tokens::get_instance( $user->ID )->destroy_all();
			continue;
		}
		$sessions = get_user_meta( $user->ID, 'session_tokens', true );
		$stay     = array_filter( is_array( $sessions ) ? $sessions : array(), static fn( $one ): bool => ( $one['archipel_sid'] ?? '' ) !== $sid );
		$stay ? update_user_meta( $user->ID, 'session_tokens', $stay ) : delete_user_meta( $user->ID, 'session_tokens' );
	}
}
