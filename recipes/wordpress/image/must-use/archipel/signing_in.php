<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing in: authorization code with proof key, bound to the browser by a signed cookie (OpenID Connect Core 1.0, RFC 7636, 9207).

defined( 'ABSPATH' ) || exit;

const ARCHIPEL_MINUTES = 10;
// Tabs in which one browser may be signing in. More cookies, and the web server refuses the whole request as too long.
const ARCHIPEL_ATTEMPTS = 4;

function archipel_redirect_uri(): string {
	return WP_HOME . '/archipel/signed-in';
}

/** Where to go afterwards: an address of this website, else the dashboard. */
function archipel_wanted( $address ): string {
	$valid = wp_validate_redirect( is_string( $address ) ? wp_unslash( $address ) : '', '' );
	// Whole, so that no browser reads a host into it: `/\\x`, `//x` and `https://x@here` are nothing of ours.
	$valid = preg_match( '#^/(?![/\\\\]|%5c)#i', $valid ) ? WP_HOME . $valid : $valid;
	return str_starts_with( $valid, WP_HOME . '/' ) ? $valid : admin_url();
}

/** What belongs to one attempt and cannot be guessed without the salt of the space. */
function archipel_derived( string $attempt, string $purpose ): string {
	return Archipel_Tokens::encode( hash_hmac( 'sha256', $purpose . '|' . $attempt, wp_salt( 'nonce' ), true ) );
}

function archipel_cookie_prefix(): string {
	return ( 'https' === wp_parse_url( WP_HOME, PHP_URL_SCHEME ) ? '__Host-' : '' ) . 'archipel_in_';
}

function archipel_cookie_name( string $state ): string {
	return archipel_cookie_prefix() . substr( preg_replace( '/[^A-Za-z0-9]/', '', $state ), 0, 16 );
}

function archipel_set_cookie( string $name, string $value, int $until ): void {
	$secure = 'https' === wp_parse_url( WP_HOME, PHP_URL_SCHEME );
	setcookie( $name, $value, array( 'expires' => $until, 'path' => '/', 'secure' => $secure, 'httponly' => true, 'samesite' => 'Lax' ) );
}

/** Take back the oldest attempts that were never answered, to leave room for one more. Browsers send the oldest cookie first. */
function archipel_forget_attempts(): void {
	$begun = array_filter( array_keys( $_COOKIE ), static fn( $name ): bool => str_starts_with( (string) $name, archipel_cookie_prefix() ) );
	foreach ( array_slice( $begun, 0, max( 0, count( $begun ) - ARCHIPEL_ATTEMPTS + 1 ) ) as $name ) {
		archipel_set_cookie( $name, '', 1 );
	}
}

/** Lead the browser to the place where people sign in, and stop. */
function archipel_begin( string $wanted ): void {
	try {
		$about = Archipel_Issuer::about();
	} catch ( Archipel_Silent | Archipel_Invalid $problem ) {
		archipel_refuse( 'silent', $problem->getMessage() );
	}
	archipel_forget_attempts();
	$attempt = Archipel_Tokens::encode( random_bytes( 32 ) );
	$until   = time() + 60 * ARCHIPEL_MINUTES;
	$state   = archipel_derived( $attempt, 'state' );
	$kept    = Archipel_Tokens::encode( wp_json_encode( array( $attempt, $until, $wanted ) ) );
	archipel_set_cookie( archipel_cookie_name( $state ), $kept . '.' . archipel_derived( $kept, 'cookie' ), $until );
	$verifier = archipel_derived( $attempt, 'verifier' );
	$asked    = array(
		'response_type'         => 'code',
		'client_id'             => Archipel_Issuer::client_id(),
		'redirect_uri'          => archipel_redirect_uri(),
		'scope'                 => 'openid profile email',
		'state'                 => $state,
		'nonce'                 => archipel_derived( $attempt, 'nonce' ),
		'code_challenge'        => Archipel_Tokens::encode( hash( 'sha256', $verifier, true ) ),
		'code_challenge_method' => 'S256',
	);
	$address = $about['authorization_endpoint'];
	nocache_headers();
	wp_redirect( $address . ( str_contains( $address, '?' ) ? '&' : '?' ) . http_build_query( $asked, '', '&', PHP_QUERY_RFC3986 ) );
	exit;
}

/** The attempt this browser began with this state, as (attempt, address wanted). Its cookie is good for one answer. */
function archipel_attempt( string $state ): array {
	$name   = archipel_cookie_name( $state );
	$cookie = wp_unslash( $_COOKIE[ $name ] ?? '' );
	archipel_set_cookie( $name, '', 1 );
	$parts = is_string( $cookie ) ? explode( '.', $cookie ) : array();
	if ( 2 !== count( $parts ) || ! hash_equals( archipel_derived( $parts[0], 'cookie' ), $parts[1] ) ) {
		archipel_refuse( 'expired', 'no cookie of this attempt' );
	}
	list( $attempt, $until, $wanted ) = json_decode( Archipel_Tokens::decode( $parts[0] ), true );
	if ( $until < time() || ! hash_equals( archipel_derived( $attempt, 'state' ), $state ) ) {
		archipel_refuse( 'expired', 'too late, or the state of another attempt' );
	}
	if ( ! archipel_first_time( 'attempt ' . $attempt, 60 * ARCHIPEL_MINUTES ) ) {
		archipel_refuse( 'expired', 'the same answer twice' );
	}
	return array( $attempt, $wanted );
}

/** Take the answer of the issuer, sign the person in or say why not, and stop. */
function archipel_finish(): void {
	$given = array();
	foreach ( array( 'state', 'code', 'error', 'iss' ) as $name ) {
		$given[ $name ] = is_string( $_GET[ $name ] ?? null ) ? wp_unslash( $_GET[ $name ] ) : '';
	}
	list( $attempt, $wanted ) = archipel_attempt( $given['state'] );
	try {
		$about = Archipel_Issuer::about();
		// The answer of another issuer, mixed up with ours (RFC 9207).
		$named = '' !== $given['iss'] || ! empty( $about['authorization_response_iss_parameter_supported'] );
		if ( $named && Archipel_Issuer::id() !== $given['iss'] ) {
			throw new Archipel_Invalid( 'iss of the answer' );
		}
		if ( '' !== $given['error'] || '' === $given['code'] ) {
			archipel_refuse( 'refused', sanitize_key( $given['error'] ) );
		}
		$tokens = Archipel_Issuer::tokens( $given['code'], archipel_derived( $attempt, 'verifier' ), archipel_redirect_uri() );
		$claims = archipel_claims( $tokens, archipel_derived( $attempt, 'nonce' ) );
	} catch ( Archipel_Invalid $problem ) {
		archipel_refuse( 'invalid', $problem->getMessage() );
	} catch ( Archipel_Silent $problem ) {
		archipel_refuse( 'silent', $problem->getMessage() );
	}
	archipel_let_in( $claims, (string) $tokens['id_token'] );
	nocache_headers();
	wp_safe_redirect( archipel_wanted( wp_slash( $wanted ) ) );
	exit;
}

/** Check the tokens and return what they say of the person, userinfo included. */
function archipel_claims( array $tokens, string $nonce ): array {
	$id_token = is_string( $tokens['id_token'] ?? null ) ? $tokens['id_token'] : '';
	$access   = is_string( $tokens['access_token'] ?? null ) ? $tokens['access_token'] : '';
	$claims   = Archipel_Tokens::verified( $id_token, array( 'Archipel_Issuer', 'key' ) );
	Archipel_Tokens::check( $claims, Archipel_Issuer::id(), Archipel_Issuer::client_id(), time() );
	if ( ! is_string( $claims['nonce'] ?? null ) || ! hash_equals( $nonce, $claims['nonce'] ) ) {
		throw new Archipel_Invalid( 'nonce' );
	}
	if ( ! is_string( $claims['sub'] ?? null ) || ! preg_match( '/^[\x21-\x7e]{1,255}$/D', $claims['sub'] ) ) {
		throw new Archipel_Invalid( 'sub' );
	}
	$half = Archipel_Tokens::encode( substr( hash( 'sha256', $access, true ), 0, 16 ) );
	if ( isset( $claims['at_hash'] ) && $claims['at_hash'] !== $half ) {
		throw new Archipel_Invalid( 'at_hash' );
	}
	$more = '' !== $access ? Archipel_Issuer::userinfo( $access ) : array();
	if ( $more && ( $more['sub'] ?? null ) !== $claims['sub'] ) {
		throw new Archipel_Invalid( 'sub of userinfo' );
	}
	return $claims + $more;
}

/** Open the session of the account these claims speak of, its role, name and address as they say. */
function archipel_let_in( array $claims, string $id_token ): void {
	$role = archipel_role_of( $claims['roles'] ?? array() );
	if ( '' === $role ) {
		$known = archipel_account( $claims['sub'] );
		if ( $known ) {
			archipel_shut_out( $known );
		}
		archipel_refuse( 'no_role', 'no role of WordPress among the claims' );
	}
	$told = static fn( string $name ): string => is_string( $claims[ $name ] ?? null ) ? $claims[ $name ] : '';
	$user = archipel_ensure_account( $claims['sub'], $role, $told( 'name' ), true === ( $claims['email_verified'] ?? null ) ? $told( 'email' ) : '' );
	// Kept with this session alone: what it is called at the issuer, and the proof of it for signing out.
	add_filter(
		'attach_session_information',
		static fn( array $session ): array => $session + array( 'archipel_sid' => $told( 'sid' ), 'archipel_id_token' => $id_token )
	);
	wp_set_auth_cookie( $user->ID, false );
	do_action( 'wp_login', $user->user_login, $user );
}

// A session that WordPress itself puts in the place of another (somebody sends a passphrase) ends when that one would.
add_filter(
	'attach_session_information',
	static function ( array $session, int $user_id ): array {
		$before = WP_Session_Tokens::get_instance( $user_id )->get( wp_get_session_token() ) ?: array();
		return $session + array_intersect_key( $before, array( 'archipel_sid' => 1, 'archipel_id_token' => 1 ) );
	},
	20,
	2
);

/** Return true the first time something is said within so many seconds; the database decides between two at once. */
function archipel_first_time( string $what, int $seconds ): bool {
	global $wpdb;
	$name = 'archipel_once_' . hash( 'sha256', $what );
	$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->options WHERE option_name LIKE %s AND option_value < %d", 'archipel\\_once\\_%', time() ) );
	return 1 === $wpdb->query(
		$wpdb->prepare( "INSERT IGNORE INTO $wpdb->options (option_name, option_value, autoload) VALUES (%s, %d, 'no')", $name, time() + $seconds )
	);
}

// Out of the way of caches and themes, before WordPress looks for a page.
add_action(
	'init',
	static function (): void {
		$path = (string) wp_parse_url( wp_unslash( $_SERVER['REQUEST_URI'] ?? '' ), PHP_URL_PATH );
		if ( '/archipel/sign-in' === $path ) {
			archipel_begin( archipel_wanted( $_GET['redirect_to'] ?? '' ) );
		} elseif ( '/archipel/signed-in' === $path ) {
			archipel_finish();
		} elseif ( '/archipel/signed-out' === $path ) {
			archipel_told_of_logout();
		}
	},
	1
);

add_filter( 'auth_cookie_expiration', static fn(): int => 12 * HOUR_IN_SECONDS );
