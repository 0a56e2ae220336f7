<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the website is and what it uses.

function archipel_do_usage(): array {
	$posts = 0;
	foreach ( array( 'post', 'page' ) as $kind ) {
		$posts += (int) wp_count_posts( $kind )->publish;
	}
	$people = get_users( array( 'role__in' => ARCHIPEL_ROLES, 'fields' => 'ID' ) );
	return archipel_used() + array( 'accounts' => count( $people ), 'posts' => $posts );
}

function archipel_do_about(): array {
	global $wp_version, $wp_db_version, $wpdb;
	return array(
		'wordpress'  => $wp_version,
		'db_version' => (int) get_option( 'db_version' ),
		'wants'      => (int) $wp_db_version,
		'database'   => $wpdb->db_server_info(),
		'address'    => (string) wp_parse_url( WP_HOME, PHP_URL_HOST ),
		'scheme'     => (string) wp_parse_url( WP_HOME, PHP_URL_SCHEME ),
		'title'      => wp_specialchars_decode( (string) get_option( 'blogname' ), ENT_QUOTES ),
		'language'   => get_locale(),
		'theme'      => get_stylesheet(),
		'prefix'     => $wpdb->prefix,
	);
}

function archipel_do_themes(): array {
	$told = array();
	foreach ( wp_get_themes() as $name => $theme ) {
		$told[] = array( 'name' => $name, 'title' => $theme->get( 'Name' ), 'version' => $theme->get( 'Version' ), 'active' => get_stylesheet() === $name );
	}
	return $told;
}

function archipel_do_theme( array $given ): array {
	$theme = wp_get_theme( is_string( $given['name'] ?? null ) ? $given['name'] : '?' );
	if ( ! $theme->exists() || ! $theme->is_allowed() || $theme->errors() ) {
		archipel_no( 'unknown', 'there is no such theme in this WordPress' );
	}
	if ( get_stylesheet() !== $theme->get_stylesheet() ) {
		switch_theme( $theme->get_stylesheet() );
	}
	return array();
}

/** WordPress's own exchange format (WXR), as its page "Export" writes it. */
function archipel_do_contents(): ?array {
	require_once ABSPATH . 'wp-admin/includes/export.php';
	export_wp( array( 'content' => 'all' ) );
	return null;
}
