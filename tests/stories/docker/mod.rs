//! Stories with QGIS in real containers.

mod absent_engine;
mod broken_project_file;
mod everything_over_tls;
mod field_project;
mod killed_mid_apply;
mod killed_mid_job;
mod layers_on_servers;
mod lost_in_a_commit;
mod many_processes;
mod mortal_processes;
mod paused_worker;
mod undone_edits;
