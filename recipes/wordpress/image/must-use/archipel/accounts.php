<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Accounts follow the people of the organisation: found by the issuer's subject, never by an e-mail address.

defined( 'ABSPATH' ) || exit;

const ARCHIPEL_SUBJECT = 'archipel_sub';
// Strongest first: who has several gets the first.
const ARCHIPEL_ROLES = array( 'administrator', 'editor', 'author', 'contributor', 'subscriber' );

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
	$email = archipel_address_for( is_email( $email ) ? $email : '', $subject, $user );
	$more  = array( 'user_email' => $email, 'display_name' => $name, 'nickname' => $name );
	if ( $user ) {
		$same = $user->user_email === $email && $user->display_name === $name;
		$id   = $same ? $user->ID : wp_update_user( $more + array( 'ID' => $user->ID ) );
	} else {
		$new = array( 'user_login' => archipel_login_of( $name ), 'user_pass' => wp_generate_password( 64 ), 'role' => '' );
		$id  = wp_insert_user( $more + $new );
	}
	if ( is_wp_error( $id ) ) {
		throw new RuntimeException( $id->get_error_code() );
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

/** Take an account's role and sessions; what it wrote stays. */
function archipel_shut_out( WP_User $user ): void {
	$user->remove_all_caps();
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
	$nobody = substr( hash( 'sha256', $subject ), 0, 24 ) . '@no-address.invalid';
	$holder = $email ? get_user_by( 'email', $email ) : false;
	if ( ! $email || ( $holder && ( ! $user || $holder->ID !== $user->ID ) && $holder->roles ) ) {
		return $nobody;
	}
	if ( $holder && ( ! $user || $holder->ID !== $user->ID ) ) {
		wp_update_user( array( 'ID' => $holder->ID, 'user_email' => 'former-' . $holder->ID . '@no-address.invalid' ) );
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
		return in_array( $cap, $closed, true ) ? array( 'do_not_allow' ) : $caps;
	},
	10,
	2
);
