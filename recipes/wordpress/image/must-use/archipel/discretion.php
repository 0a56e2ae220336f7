<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whoever reads the website is told to nobody else: no pictures of people, no smileys, no previews from other places.

defined( 'ABSPATH' ) || exit;

add_filter( 'pre_option_show_avatars', static fn(): string => '0' );
add_filter( 'pre_get_avatar', '__return_empty_string' );
add_filter( 'get_avatar_url', '__return_empty_string' );
add_filter( 'emoji_svg_url', '__return_false' );
add_filter( 'wp_resource_hints', static fn( array $hints, string $kind ): array => 'dns-prefetch' === $kind ? array() : $hints, 10, 2 );
add_action(
	'init',
	static function (): void {
		remove_action( 'wp_head', 'print_emoji_detection_script', 7 );
		remove_action( 'admin_print_scripts', 'print_emoji_detection_script' );
		remove_action( 'wp_print_styles', 'print_emoji_styles' );
		remove_action( 'admin_print_styles', 'print_emoji_styles' );
		remove_filter( 'the_content_feed', 'wp_staticize_emoji' );
		remove_filter( 'comment_text_rss', 'wp_staticize_emoji' );
		remove_filter( 'wp_mail', 'wp_staticize_emoji_for_email' );
	}
);
// Addresses of those who comment are not kept.
add_filter( 'pre_comment_user_ip', static fn(): string => '127.0.0.1' );
add_filter( 'pre_comment_user_agent', '__return_empty_string' );
