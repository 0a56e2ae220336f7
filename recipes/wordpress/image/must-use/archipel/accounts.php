<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Accounts follow the people of the organisation: found by the issuer's subject, never by an e-mail address.

defined( 'ABSPATH' ) || exit;

const ARCHIPEL_SUBJECT = 'archipel_sub';
// Addresses of nobody end so: RFC 2606.
const ARCHIPEL_NO_ADDRESS = '@no-address.invalid';
const ARCHIPEL_NOBODY     = 'archipel' . ARCHIPEL_NO_ADDRESS;
// Strongest first: who has several gets the first.
const ARCHIPEL_ROLES = array( 'administrator', 'editor', 'author', 'contributor', 'subscriber' );
// What the table of accounts takes; it says nothing of an account that it does not take.
const ARCHIPEL_LONGEST_NAME    = 250;
const ARCHIPEL_LONGEST_ADDRESS = 100;

/** The strongest role of WordPress among these words, '' when none is one. */
function archipel_role_of( $words ): string {
	$words = array_filter( (array) $words, 'is_string' );
	return (string) current( array_intersect( ARCHIPEL_ROLES, $words ) );
}

function archipel_account( string $subject ): ?WP_User {
	if ( '' === $subject ) {
		return null;
	}
	$found = get_users( array( 'meta_key' => ARCHIPEL_SUBJECT, 'meta_value' => $subject, 'orderby' => 'ID', 'number' => 1 ) );
	// The database compares without regard to letter case.
	return $found && get_user_meta( $found[0]->ID, ARCHIPEL_SUBJECT, true ) === $subject ? $found[0] : null;
}

/**
 * Ensure the account of a person with this role, name and address.
 *
 * An address that another account holds is taken from it when that one has no role any more; else it is left out.
 */
function archipel_ensure_account( string $subject, string $role, string $name, string $email ): WP_User {
	$user  = archipel_account( $subject );
	$name  = sanitize_text_field( $name ) ?: ( $user ? $user->display_name : archipel_login_of( '' ) );
	// It is kept escaped: an ampersand takes five signs.
	$name  = mb_strlen( esc_html( $name ) ) > ARCHIPEL_LONGEST_NAME ? mb_substr( $name, 0, intdiv( ARCHIPEL_LONGEST_NAME, 5 ) ) : $name;
	$fits  = is_email( $email ) && strlen( $email ) <= ARCHIPEL_LONGEST_ADDRESS;
	$email = archipel_address_for( $fits ? $email : '', $subject, $user );
	$more  = array( 'user_email' => $email, 'display_name' => $name, 'nickname' => $name, 'archipel' => true );
	if ( $user ) {
		$same = $user->user_email === $email && $user->display_name === $name;
		$id   = $same ? $user->ID : wp_update_user( $more + array( 'ID' => $user->ID ) );
	} else {
		$new = array( 'user_login' => archipel_login_of( $name ), 'user_pass' => wp_generate_password( 64 ), 'role' => '' );
		$id  = wp_insert_user( $more + $new );
	}
	if ( is_wp_error( $id ) || ! $id ) {
		throw new RuntimeException( $id ? $id->get_error_code() : 'the account was not taken' );
	}
	if ( $user && get_option( 'admin_email' ) === $user->user_email ) {
		update_option( 'admin_email', $email );
	}
	update_user_meta( $id, ARCHIPEL_SUBJECT, wp_slash( $subject ) );
	$user = new WP_User( $id );
	// A right beside the role may have come with a database that was brought back.
	if ( array( $role => true ) !== $user->caps ) {
		$user->remove_all_caps();
		$user->set_role( $role );
	}
	return $user;
}

/** Take an account's role and sessions, and what WordPress tells whoever looks after the website; what it wrote stays. */
function archipel_shut_out( WP_User $user ): void {
	$user->remove_all_caps();
	if ( get_option( 'admin_email' ) === $user->user_email ) {
		update_option( 'admin_email', ARCHIPEL_NOBODY );
	}
	WP_Session_Tokens::get_instance( $user->ID )->destroy_all();
	WP_Application_Passwords::delete_all_application_passwords( $user->ID );
}

function archipel_login_of( string $name ): string {
	$first = substr( sanitize_user( sanitize_title( remove_accents( $name ) ), true ), 0, 40 ) ?: 'person';
	$login = $first;
	for ( $number = 2; username_exists( $login ); $number++ ) {
		$login = $first . '-' . $number;
	}
	return $login;
}

function archipel_address_for( string $email, string $subject, ?WP_User $user ): string {
	$nobody = substr( hash( 'sha256', $subject ), 0, 24 ) . ARCHIPEL_NO_ADDRESS;
	$holder = $email ? get_user_by( 'email', $email ) : false;
	if ( ! $email || ( $holder && ( ! $user || $holder->ID !== $user->ID ) && $holder->roles ) ) {
		return $nobody;
	}
	if ( $holder && ( ! $user || $holder->ID !== $user->ID ) ) {
		wp_update_user( array( 'ID' => $holder->ID, 'user_email' => 'former-' . $holder->ID . ARCHIPEL_NO_ADDRESS, 'archipel' => true ) );
	}
	return $email;
}

// Nobody is written to because the host changed their name or address.
add_filter( 'send_email_change_email', '__return_false' );
add_filter( 'send_password_change_email', '__return_false' );
add_filter( 'wp_send_new_user_notification_to_admin', '__return_false' );
add_filter( 'wp_send_new_user_notification_to_user', '__return_false' );

// Accounts are made, changed and removed by the host alone.
add_filter(
	'map_meta_cap',
	static function ( array $caps, string $cap ): array {
		$closed = array( 'create_users', 'delete_users', 'delete_user', 'promote_users', 'promote_user', 'remove_users', 'remove_user', 'edit_users' );
		// What it comes down to as well: somebody else's page asks for `edit_user`, which is `edit_users`.
		return array_intersect( array( $cap, ...$caps ), $closed ) ? array( 'do_not_allow' ) : $caps;
	},
	10,
	2
);

// Nor do people rename themselves here: a name and an address are what the host knows, and there is no passphrase.
add_filter(
	'wp_pre_insert_user_data',
	static function ( array $data, bool $update, $id, array $given ): array {
		$before = $update && empty( $given['archipel'] ) ? get_userdata( $id ) : false;
		return $before ? array_merge( $data, array_intersect_key( (array) $before->data, array_flip( array( 'user_email', 'user_pass', 'display_name' ) ) ) ) : $data;
	},
	PHP_INT_MAX,
	4
);
add_action( 'admin_init', static fn() => remove_action( 'personal_options_update', 'send_confirmation_on_profile_email' ) );
add_action(
	'user_profile_update_errors',
	static function ( WP_Error $errors, bool $update, $user ): void {
		$before = get_userdata( $user->ID ?? 0 );
		$words  = static fn( string $name ): string => wp_specialchars_decode( wp_unslash( $user->$name ?? $before->$name ), ENT_QUOTES );
		foreach ( $before ? array( 'user_email', 'display_name' ) : array() as $name ) {
			if ( $words( $name ) !== wp_specialchars_decode( $before->$name, ENT_QUOTES ) ) {
				$errors->add( 'archipel_kept_elsewhere', archipel_word( 'kept_elsewhere' ) );
				return;
			}
		}
	},
	10,
	3
);
