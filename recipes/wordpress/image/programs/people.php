<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// People: exactly those who are told have a role; what the others wrote stays.

function archipel_do_people( array $given ): array {
	global $wpdb;
	$wpdb->query( "SELECT GET_LOCK('archipel-people', 60)" );
	$here = array();
	foreach ( $given as $one ) {
		if ( '' === archipel_role_of( $one['role'] ?? '' ) || ! is_string( $one['sub'] ?? null ) || '' === $one['sub'] ) {
			archipel_no( 'bad_input', 'somebody has no subject, or a role WordPress does not know' );
		}
	}
	// Who leaves first: they may free an address.
	$stay = array_column( $given, 'sub' );
	foreach ( get_users() as $user ) {
		$subject = (string) get_user_meta( $user->ID, ARCHIPEL_SUBJECT, true );
		if ( ( '' === $subject || ! in_array( $subject, $stay, true ) ) && archipel_has_any( $user ) ) {
			archipel_shut_out( $user );
		}
	}
	foreach ( $given as $one ) {
		$role                = archipel_role_of( $one['role'] );
		$user                = archipel_ensure_account( $one['sub'], $role, (string) $one['name'], (string) $one['email'] );
		$here[ $one['sub'] ] = $user->ID;
		if ( 'administrator' === $role ) {
			archipel_first_administrator( $user );
		}
	}
	return array( 'accounts' => $here );
}

function archipel_has_any( WP_User $user ): bool {
	return (bool) $user->caps || (bool) get_user_meta( $user->ID, 'session_tokens', true );
}

/** The first pages were written by nobody: they go to the first person who looks after the website; so do notices of WordPress. */
function archipel_first_administrator( WP_User $user ): void {
	global $wpdb;
	if ( ARCHIPEL_NOBODY !== get_option( 'admin_email' ) ) {
		return;
	}
	$nobody = get_user_by( 'login', 'archipel' );
	if ( $nobody ) {
		$wpdb->update( $wpdb->posts, array( 'post_author' => $user->ID ), array( 'post_author' => $nobody->ID ) );
	}
	update_option( 'admin_email', $user->user_email );
}

/** Everybody with an account, as the export tells it: no passphrase, no session. */
function archipel_do_users(): array {
	$told = array();
	foreach ( get_users( array( 'orderby' => 'ID' ) ) as $user ) {
		$told[] = array(
			'login'      => $user->user_login,
			'name'       => wp_specialchars_decode( $user->display_name, ENT_QUOTES ),
			'email'      => str_ends_with( $user->user_email, ARCHIPEL_NO_ADDRESS ) ? '' : $user->user_email,
			'role'       => (string) ( array_values( $user->roles )[0] ?? '' ),
			'sub'        => (string) get_user_meta( $user->ID, ARCHIPEL_SUBJECT, true ),
			'registered' => gmdate( 'Y-m-d\TH:i:s\Z', strtotime( $user->user_registered . ' UTC' ) ),
			'posts'      => (int) count_user_posts( $user->ID, array_diff( get_post_types(), array( 'revision' ) ) ),
		);
	}
	return $told;
}

/** What was told and is still known: the role of everybody who has one by subject, the quota, the hold. */
function archipel_do_told(): array {
	$people = array();
	foreach ( get_users( array( 'role__in' => ARCHIPEL_ROLES ) ) as $user ) {
		$subject = (string) get_user_meta( $user->ID, ARCHIPEL_SUBJECT, true );
		// Whoever has a role and no subject was not told by the host: that is a drift too.
		$people[ '' === $subject ? 'account ' . $user->ID : $subject ] = array_values( $user->roles )[0];
	}
	return array(
		'people' => (object) $people,
		'quota'  => archipel_state( 'quota' )['bytes'] ?? null,
		'effect' => archipel_state( 'hold' )['effect'] ?? '',
	);
}
