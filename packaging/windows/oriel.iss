; The installer for Windows. packaging/windows/package hands in AppIdentifier, Version, Numbers, Program, Icon, Output.
; To add a picture format: its two lines under [Registry]; the tests say which are missing.

[Setup]
AppId={#AppIdentifier}
AppName=Oriel
AppVersion={#Version}
AppVerName=Oriel {#Version}
AppPublisher=The Oriel developers
VersionInfoVersion={#Numbers}
; Per person, without an administrator; who wants it for everybody is asked at the start.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; Windows 10 1809, as Qt 6.11 needs
MinVersion=10.0.17763
DefaultDirName={autopf}\Oriel
DisableProgramGroupPage=yes
; A window that is open holds the mutex: Setup and Uninstall ask to close it. What else runs is closed by Windows.
AppMutex={#AppIdentifier}
CloseApplications=yes
RestartApplications=no
ChangesAssociations=yes
SetupIconFile={#Icon}
UninstallDisplayIcon={app}\Oriel.exe
UninstallDisplayName=Oriel
OutputDir={#Output}
OutputBaseFilename=Oriel-{#Version}-windows-x64-setup
Compression=lzma2/max
SolidCompression=yes
LZMAUseSeparateProcess=yes
WizardStyle=modern
#ifdef Signed
SignTool=oriel
#endif

[Tasks]
Name: "desktop"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "foldermenu"; Description: "Offer ""Open in Oriel"" in the menu of folders"
Name: "openwith"; Description: "Offer Oriel under ""Open with"" for images (your default program stays)"

[InstallDelete]
; An older version's modules must not mix with this one's.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Program}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{autoprograms}\Oriel"; Filename: "{app}\Oriel.exe"; AppUserModelID: "{#AppIdentifier}"
Name: "{autodesktop}\Oriel"; Filename: "{app}\Oriel.exe"; AppUserModelID: "{#AppIdentifier}"; Tasks: desktop

[Registry]
Root: HKA; Subkey: "Software\Classes\Directory\shell\Oriel"; ValueType: string; ValueData: "Open in Oriel"; Flags: uninsdeletekey; Tasks: foldermenu
Root: HKA; Subkey: "Software\Classes\Directory\shell\Oriel"; ValueType: string; ValueName: "Icon"; ValueData: """{app}\Oriel.exe"""; Tasks: foldermenu
Root: HKA; Subkey: "Software\Classes\Directory\shell\Oriel\command"; ValueType: string; ValueData: """{app}\Oriel.exe"" ""%1"""; Tasks: foldermenu
Root: HKA; Subkey: "Software\Classes\Directory\Background\shell\Oriel"; ValueType: string; ValueData: "Open in Oriel"; Flags: uninsdeletekey; Tasks: foldermenu
Root: HKA; Subkey: "Software\Classes\Directory\Background\shell\Oriel"; ValueType: string; ValueName: "Icon"; ValueData: """{app}\Oriel.exe"""; Tasks: foldermenu
; The dot: a drive's root ends in a backslash, which would take the closing quote with it.
Root: HKA; Subkey: "Software\Classes\Directory\Background\shell\Oriel\command"; ValueType: string; ValueData: """{app}\Oriel.exe"" ""%V\."""; Tasks: foldermenu
Root: HKA; Subkey: "Software\Classes\Oriel.Image"; ValueType: string; ValueData: "Image"; Flags: uninsdeletekey; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Oriel.Image\DefaultIcon"; ValueType: string; ValueData: """{app}\Oriel.exe"",0"; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Oriel.Image\shell\open\command"; ValueType: string; ValueData: """{app}\Oriel.exe"" ""%1"""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "Oriel"; Flags: uninsdeletekey; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\shell\open\command"; ValueType: string; ValueData: """{app}\Oriel.exe"" ""%1"""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".apng"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.apng\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".avif"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.avif\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".avifs"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.avifs\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".bmp"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.bmp\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".dib"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.dib\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".gif"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.gif\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".heic"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.heic\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".heics"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.heics\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".heif"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.heif\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".heifs"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.heifs\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".hif"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.hif\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".ico"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.ico\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".j2k"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.j2k\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".jfif"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.jfif\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".jp2"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.jp2\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".jpe"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.jpe\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".jpeg"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.jpeg\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".jpf"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.jpf\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".jpg"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.jpg\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".jpx"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.jpx\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".jxl"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.jxl\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".png"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.png\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".psd"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.psd\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".qoi"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.qoi\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".tif"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.tif\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".tiff"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.tiff\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\Oriel.exe\SupportedTypes"; ValueType: string; ValueName: ".webp"; ValueData: ""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.webp\OpenWithProgids"; ValueType: string; ValueName: "Oriel.Image"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: openwith

[Run]
Filename: "{app}\Oriel.exe"; Description: "{cm:LaunchProgram,Oriel}"; Flags: nowait postinstall skipifsilent

[Code]
{ Photos are never touched. The library stays unless the person says otherwise; silent, it stays. }
procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
begin
  { Installed for everybody, each person has a library, and this account's may not be the one that is meant. }
  if (CurUninstallStep <> usPostUninstall) or IsAdminInstallMode or UninstallSilent then
    Exit;
  if not DirExists(ExpandConstant('{localappdata}\Oriel')) then
    Exit;
  if MsgBox('Also delete Oriel''s library, with your captions, tags and ratings, its models and its settings?'
      + #13#10#13#10 + 'Your photos stay where they are in any case.',
      mbConfirmation, MB_YESNO or MB_DEFBUTTON2) = IDYES then
  begin
    DelTree(ExpandConstant('{localappdata}\Oriel'), True, True, True);
    DelTree(ExpandConstant('{userappdata}\Oriel'), True, True, True);
  end;
end;
