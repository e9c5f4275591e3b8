/* The Django admin in the theme of the account: <meta name="theme">, before anything is drawn. */
"use strict";

const { content } = document.querySelector('meta[name="theme"]');
if (content) document.documentElement.dataset.theme = content;
