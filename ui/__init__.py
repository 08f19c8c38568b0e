"""The Streamlit side: pages are built from these, and only these touch the session."""
