"""What of a dataset's rows a program for tables may see."""

from service.responses.split_csv import as_csv
from worker.data.listing import ListedRow


def test_a_name_is_never_a_formula() -> None:
    rows = [ListedRow("train", 0, "=1+2", "00", "@cmd.png"), ListedRow("test", 1, "cat", "00", "-")]
    text = b"".join(as_csv(iter([rows]))).decode()
    assert text.splitlines() == [
        "split,row,label,sha256,source",
        "train,0,'=1+2,00,'@cmd.png",
        "test,1,cat,00,'-",
    ]
