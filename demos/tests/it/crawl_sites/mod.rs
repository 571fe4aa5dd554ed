//! `wakeful crawl` on small sites: links, robots.txt, packed and saved pages, lines for programs,
//! and Control-C.
mod folder;
mod links;
mod output;
mod pages;
mod polite;
mod redirects;
mod saving;
mod site;
