import { build } from 'esbuild'
import { gzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
const root='/work/wt/rename', base=join(root,'packages/bench')
const external=['@node-rs/argon2','@node-rs/bcrypt','better-sqlite3','pg','mysql2','nodemailer','express','redis','ioredis','next','pg-native','@opentelemetry/api']
async function size(label, filter, fn){
const plugins= filter? [{name:'x',setup(b){b.onLoad({filter},a=>({contents:fn(readFileSync(a.path,'utf8'),a.path),loader:'ts'}))}}]:[]
const r=await build({stdin:{contents:"export * as a from 'cardea'\nexport * as b from '@cardea/http'",resolveDir:base},absWorkingDir:root,bundle:true,external,format:'esm',conditions:['@cardea/source'],metafile:true,minify:true,outdir:join(base,'dist'),platform:'node',splitting:true,write:false,logLevel:'error',plugins})
const outs=r.metafile.outputs; const reached=new Set(); const reach=o=>{if(reached.has(o))return;reached.add(o);for(const i of outs[o].imports) if(i.kind==='import-statement'&&!i.external) reach(i.path)}
for(const [o,m] of Object.entries(outs)) if(m.entryPoint==='<stdin>') reach(o)
let tot=0; for (const f of r.outputFiles){const rel=f.path.slice(root.length+1); if(reached.has(rel)) tot+=gzipSync(f.contents,{level:9}).length}
console.log(label, tot, reached.size)}
export { size }
if (process.argv[2]==='run'){
await size('base')
const c=/http\/src\/contract\/routes\/.*\.ts$/
await size('no summary',c,s=>s.replace(/^\s+summary: .*,\n/gm,''))
await size('no answer',c,s=>s.replace(/^(\s+)answer: (\[[^\]]*\]|\w+),\n/gm,'$1answer: [],\n'))
await size('no errors',c,s=>s.replace(/^(\s+)errors: (\[[^\]]*\]|\w+),\n/gm,''))
await size('no sum, answer, errors',c,s=>s.replace(/^\s+summary: .*,\n/gm,'').replace(/^(\s+)errors: (\[[^\]]*\]|\w+),\n/gm,'').replace(/^(\s+)answer: (\[[^\]]*\]|\w+),\n/gm,''))
await size('no body',c,s=>s.replace(/^(\s+)body: (\{[^\}]*\}|\w+),\n/gm,''))
}
