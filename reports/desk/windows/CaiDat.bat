@echo off
rem Cai dat mot lan tu cac tep trong thu muc nay. Khong tai gi tu mang.
chcp 65001 >nul
setlocal
cd /d "%~dp0"
set PYTHONUTF8=1
set "PY="
py -@PYTHON@ -c "import sys" >nul 2>nul && set "PY=py -@PYTHON@"
if not defined PY if exist "python-rieng\python.exe" set "PY=python-rieng\python.exe"
if defined PY goto install
for %%F in ("python\python-@PYTHON@*.exe") do (
  echo Dang cai Python rieng cho thu muc nay...
  start /wait "" "%%F" /quiet InstallAllUsers=0 TargetDir="%~dp0python-rieng" Include_launcher=0 PrependPath=0 Shortcuts=0 AssociateFiles=0
)
if exist "python-rieng\python.exe" set "PY=python-rieng\python.exe"
if defined PY goto install
echo Chua co Python @PYTHON@. Chep bo cai chinh thuc python-@PYTHON@.x-amd64.exe vao thu muc "python" roi bam lai BatDau.bat.
goto end
:install
echo Dang cai dat, mat vai phut...
%PY% -m venv moi-truong
if errorlevel 1 goto failed
"moi-truong\Scripts\python.exe" -m pip install --quiet --disable-pip-version-check --no-index --find-links banh-xe --require-hashes -r requirements.lock
if errorlevel 1 goto failed
"moi-truong\Scripts\python.exe" -m pip install --quiet --disable-pip-version-check --no-index --find-links banh-xe --no-deps bdg
if errorlevel 1 goto failed
echo Da cai xong.
goto end
:failed
echo Cai dat khong thanh cong: chup man hinh nay va bao nguoi phu trach. Xoa thu muc moi-truong truoc khi thu lai.
:end
endlocal
