using Tda.Cli.CommandLine;

return await TdaProgram.RunAsync(args);
