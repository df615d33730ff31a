@echo off
rem Bam dup vao tep nay de bat dau. Lan dau se tu cai dat, khong can mang, khong can quyen quan tri.
chcp 65001 >nul
setlocal
cd /d "%~dp0"
set PYTHONUTF8=1
if not exist "moi-truong\Scripts\bdg.exe" call "%~dp0CaiDat.bat"
if not exist "moi-truong\Scripts\bdg.exe" goto stop
"moi-truong\Scripts\python.exe" -m bdg menu "%~dp0SoLieu" --pack "%~dp0TapHuan"
:stop
echo.
pause
endlocal
