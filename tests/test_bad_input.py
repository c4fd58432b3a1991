import pytest
from pathlib import Path
from tests.test_cli import Terminal, run  # noqa
HEAD="employee_id,given_name,family_name,manager_id,department,hire_date\n"
STAFF="000100,Top,Chief,,Board,2015-01-01\n"+"".join(f"{n:06},Anna,Nr{n},000100,Sales,2020-01-01\n" for n in range(123,163))
REQ='''[[requirement]]
id = "security"
title = "Security"
due = { fixed = 2026-03-31 }
[[requirement.module]]
activity = "https://learn.example.com/courses/security/1"
'''
def test_probe(run, tmp_path):
    def f(name, b):
        p=tmp_path/name; p.write_bytes(b if isinstance(b,bytes) else b.encode()); return p
    def show(label, *args):
        d=run(*args); print("=====",label,d.code); print(d.out[:1500]); print(d.err[:1500])
    show("ok","roster","import",f("good.csv",HEAD+STAFF),"--as-of","2026-03-01")
    show("req","requirements","import",f("r.toml",REQ))
    imp=lambda label,text,*more: show(label,"roster","import",f(label+".csv",text),*(more or ("--as-of","2026-03-02")))
    whole=HEAD+STAFF
    imp("cut-midrow", whole[:-len("000162,Anna,Nr162,000100,Sales,2020-01-01\n")-20])
    imp("cut-date", whole[:-4])
    imp("cut-lines", "".join(whole.splitlines(True)[:20]))
    imp("renamed", whole.replace("employee_id","emp_no"))
    imp("renamed2", whole.replace("department","dept_xx"))
    imp("dup", whole+"000123,Berta,Other,000100,Sales,2020-01-01\n")
    imp("loop", "".join([HEAD,"000100,Top,Chief,000123,Board,2015-01-01\n"]),"--kind","delta","--as-of","2026-03-02")
    imp("enc", whole.replace("Anna","Jürgen").encode("cp1252")[:-1]+b"\x81\x8d\n")
    imp("enc16", whole.encode("utf-16-le"))
    imp("encmix", whole.replace("Anna","Jürgen").encode()+b"000999,J\xfcrgen,X,000100,Sales,2020-01-01\n")
    imp("excel", whole.replace("2020-01-01","43831"))
    imp("zeros", whole.replace("000100,Sales","100,Sales"), "--as-of","2026-03-02")
    imp("zeros2", whole.replace("\n000123","\n123").replace("\n000100","\n100"))
    imp("older", whole.replace("Sales","Marketing"), "--as-of","2026-02-01")
    r=lambda label,text,*more: show(label,"requirements","import",f(label+".toml",text),*more)
    r("noactivity", REQ.replace('"security"','"other"').replace("security/1","nothing/9"))
    r("mastery", REQ+"mastery = 1.2\n")
    r("nobody", REQ.replace("due =",'audience = [ { department = ["Mars"] } ]\ndue ='))
    show("abs","absences","import",f("a.csv","employee_id,first_day,last_day,kind\n000123,2026-03-10,2026-03-01,sick\n"))
    show("abs2","absences","import",f("a2.csv","employee_id,first_day,last_day,kind\n123,2026-03-01,2026-03-10,sick\n"))
    show("feed","feed","--as-of","2026-03-15","--format","csv")
    show("feedj","feed","--as-of","2026-03-15","--format","json","--limit","1")
