"""The API process of `purr up`; it serves on a socket that the launcher listens on."""

import argparse
import socket

from service.app import serve
from service.settings import ServiceSettings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the socket's file descriptor")
    serve(ServiceSettings(), sockets=[socket.socket(fileno=parser.parse_args().fd)])


if __name__ == "__main__":
    main()
